/** What a running server does now and again. */
import { endWished } from '../clinic/devices-to-end.js'
import type { RunningClinic } from '../clinic/setup.js'
import { kindOf, type Logger } from '../logger.js'
import type { RequestLog } from '../request-log.js'

const choreMs = 60_000
const sweepMs = 3_600_000
/** Whoever ends the device of a thief waits at the machine. */
const wishMs = 2_000
const keptInvitationsMs = 30 * 86_400_000

/** Forgets what has had its time, now and every minute: each signed request leaves a nonce. */
export function startChores(clinic: RunningClinic, logger: Logger, requests: RequestLog): () => void {
  const { store, clock, keptMs, log, blocks, conferences, breakGlass, room } = clinic
  const rules = { keepAcknowledgedMs: keptMs, keepInvitationsMs: keptInvitationsMs }
  const work = async (): Promise<void> => {
    requests.tell()
    try {
      await store.purge(clock.nowMs(), rules)
      await blocks?.drop([])
      await blocks?.forgetUnnamed()
    } catch (error) {
      logger.warn(kindOf(error), 'what has had its time could not be forgotten')
    }
    await breakGlass
      .finishAll()
      .catch((error: unknown) =>
        logger.warn(kindOf(error), 'something of break-glass was taken and is not in the log yet'),
      )
    await room
      .require()
      .catch((error: unknown) =>
        logger.warn(kindOf(error), 'the disk of the data folder is nearly full: nothing new is taken'),
      )
    if (log.signerError !== null)
      logger.warn(kindOf(log.signerError), 'the log takes entries, and its signers sign no checkpoint')
    if (log.witnessError !== null) logger.warn(kindOf(log.witnessError), 'witnesses do not cosign')
  }
  const end = (): Promise<void> =>
    endWished(clinic).catch(error =>
      logger.warn(kindOf(error), 'a device that was to be ended has not ended yet'),
    )
  // Those who wait for a cosignature are told of it.
  const publish = (): Promise<void> =>
    breakGlass
      .publishAgain()
      .catch((error: unknown) => logger.warn(kindOf(error), 'requests of break-glass wait for witnesses'))
  void work()
  // What a killed process, or a disk that failed, left behind.
  const sweep = async (): Promise<void> => {
    await blocks
      ?.sweep()
      .catch((error: unknown) => logger.warn(kindOf(error), 'blocks could not be looked at'))
    await conferences
      .sweep()
      .catch((error: unknown) => logger.warn(kindOf(error), 'frames of conferences could not be looked at'))
  }
  void sweep()
  void end()
  const timers = [
    setInterval(() => void work(), choreMs),
    setInterval(() => void sweep(), sweepMs),
    setInterval(() => void end(), wishMs),
    setInterval(() => void publish(), wishMs),
  ]
  return () => timers.forEach(clearInterval)
}

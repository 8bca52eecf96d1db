/** A pairing of two devices over the clinic's slots, which carry what neither a lying server nor a reader can use. */
import {
  acceptCode,
  clinicError,
  confirmDigits,
  parseStep,
  showCode,
  type ToCompare,
  takeAnswer,
  takeReveal,
  type World,
} from '@chartseal/clinic'
import { equal } from '@chartseal/core/bytes'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import type { ClinicApi } from '../api/client.js'
import { isOffline, isRefused, refusalOf } from '../api/refusals.js'
import { consoleError } from '../errors.js'
import { type Card, sealCard, takeCard } from './card.js'
import { formatPairingCode, newSlot, openStep, readPairingCode, sealStep, slotName } from './code.js'
import { changeDevice, changePair, type Unlocked } from './pairs.js'

export type Side = 'show' | 'accept'

export interface PairingSession {
  readonly unlocked: Unlocked
  readonly api: Pick<ClinicApi, 'putStep' | 'takeStep'>
  readonly pairId: string
  /** Where this device is reached. */
  readonly own: Card
  /** When it began: ten minutes later it is over. */
  readonly begunMs: number
  /** Rejects what goes on when the person leaves the screen. */
  readonly signal: AbortSignal
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told with each request whether the clinic answers. */
  readonly heard?: (isOnline: boolean) => void
}

const waitSeconds = 20
const againMs = 2_000
/** As long as a slot lives. */
const lifeMs = 600_000
/** A clinic that has nothing answers later than this, as it was asked to wait. */
const soonMs = 1_000
const steps = { answer: 'answer', reveal: 'reveal', show: 'card-show', accept: 'card-accept' } as const
const worldOf = ({ clock, random }: Unlocked): World => ({ clock, random })

/** The code to show; it is good for ten minutes. An earlier one of this pair is void. */
export async function beginShowing({
  unlocked,
  pairId,
}: PairingSession): Promise<{ readonly code: string; readonly notAfterMs: number }> {
  const slot = newSlot(unlocked.random)
  const { uri, notAfterMs } = await changeDevice(
    unlocked,
    pairId,
    device => showCode(device, worldOf(unlocked)),
    () => ({ slot }),
  )
  return { code: formatPairingCode({ uri, slot }), notAfterMs }
}

/** Waits for the answer, sends the reveal; gives what both people compare. */
export async function awaitAnswer(session: PairingSession): Promise<ToCompare> {
  const { unlocked, pairId } = session
  const slot = await slotOf(session)
  const answer = parseStep('answer', decodeUtf8(await taken(session, slot, steps.answer)))
  const { reveal, ...shown } = await changeDevice(unlocked, pairId, device =>
    takeAnswer(device, answer, worldOf(unlocked)),
  )
  await put(session, slot, steps.reveal, encodeUtf8(reveal))
  return shown
}

/** Takes the code that the other side shows; gives what both people compare. */
export async function acceptShown(session: PairingSession, text: string): Promise<ToCompare> {
  const { unlocked, pairId } = session
  const { uri, slot } = readPairingCode(text)
  const { answer } = await changeDevice(
    unlocked,
    pairId,
    device => acceptCode(device, uri, worldOf(unlocked)),
    () => ({ slot }),
  )
  await put(session, slot, steps.answer, encodeUtf8(answer))
  const reveal = parseStep('reveal', decodeUtf8(await taken(session, slot, steps.reveal)))
  return changeDevice(unlocked, pairId, device => takeReveal(device, reveal))
}

/** What the other side says once it has compared: its card, or that the digits differ, which rejects at once. */
export async function awaitCard(session: PairingSession, side: Side): Promise<Uint8Array> {
  return taken(session, await slotOf(session), steps[side === 'show' ? 'accept' : 'show'])
}

/**
 * A person says that the digits match: the keys are made, and each side is told where the other one is reached.
 * @param theirs of {@link awaitCard}
 */
export async function confirmMatch(
  session: PairingSession,
  side: Side,
  digits: string,
  theirs: Promise<Uint8Array>,
): Promise<string> {
  const { unlocked, pairId, own } = session
  const world = worldOf(unlocked)
  const slot = await slotOf(session)
  const peer = await changeDevice(unlocked, pairId, device => confirmDigits(device, digits, side, world))
  const mine = await changePair(unlocked, pairId, pair => sealCard(pair, own, world))
  await put(session, slot, steps[side], mine)
  const card = await theirs
  await changePair(unlocked, pairId, pair => takeCard(pair, card, world))
  return peer
}

/** Why a side ends a pairing. */
export type Ending = 'differ' | 'left'

const endings: Readonly<Record<Ending, Uint8Array>> = {
  differ: encodeUtf8('chartseal-end:differ'),
  left: encodeUtf8('chartseal-end:left'),
}

/**
 * Tells the other side, in place of the step that it waits for, so that it ends at once. One try: it ends by itself
 * after ten minutes.
 * @param revealed whether this side has sent its reveal, or shows no code
 */
export async function tellEnding(
  session: PairingSession,
  side: Side,
  ending: Ending,
  revealed: boolean,
): Promise<void> {
  const { unlocked, api } = session
  const slot = await slotOf(session)
  const step = revealed ? steps[side] : steps.reveal
  await api.putStep(slotName(slot), step, sealStep(slot, step, endings[ending], unlocked.random))
}

async function slotOf({ unlocked, pairId }: PairingSession): Promise<string> {
  const slot = await changePair(unlocked, pairId, pair => ({ result: pair.slot, pair: null }))
  if (slot === '') throw consoleError('console/pairing-expired', {})
  return slot
}

/** Sealed once, so that the same bytes are sent again. */
async function put(session: PairingSession, slot: string, step: string, bytes: Uint8Array): Promise<void> {
  const sealed = sealStep(slot, step, bytes, session.unlocked.random)
  await patiently(session, () => session.api.putStep(slotName(slot), step, sealed))
}

/** @throws ChartsealError `console/pairing-expired`, and what the other side says in place of the step */
async function taken(session: PairingSession, slot: string, step: string): Promise<Uint8Array> {
  const { api, wait, signal, unlocked } = session
  for (;;) {
    const seconds = Math.ceil(Math.min(waitSeconds, leftMs(session) / 1_000))
    const askedMs = unlocked.clock.nowMs()
    const bytes = await patiently(session, () => api.takeStep(slotName(slot), step, seconds))
    if (bytes !== null) return unlessEnded(openStep(slot, step, bytes))
    if (unlocked.clock.nowMs() - askedMs < soonMs) await wait(againMs, signal)
  }
}

function unlessEnded(bytes: Uint8Array): Uint8Array {
  if (equal(bytes, endings.differ)) throw clinicError('pairing/digits-differ', {})
  if (equal(bytes, endings.left)) throw consoleError('console/pairing-left', {})
  return bytes
}

/** A network that is away, or a clinic that asks to wait, ends no pairing: each step may be sent again. */
async function patiently<Result>(session: PairingSession, ask: () => Promise<Result>): Promise<Result> {
  const { signal, wait, heard } = session
  for (;;) {
    leftMs(session)
    try {
      const answer = await unlessAborted(ask(), signal)
      heard?.(true)
      return answer
    } catch (error) {
      heard?.(!isOffline(error))
      const ms = pauseMs(error)
      if (ms === null || signal.aborted) throw error
      await wait(ms, signal)
    }
  }
}

/** `null`: what failed will fail again. */
function pauseMs(error: unknown): number | null {
  if (isOffline(error)) return againMs
  if (!isRefused(error)) return null
  const { status, retryMs } = error.context
  const isLater = status === 408 || status === 429 || status >= 500 || refusalOf(error) === 'request/cut-off'
  return isLater ? Math.max(againMs, retryMs) : null
}

/** How long it may go on; a clock that was set back says nothing. @throws ChartsealError `console/pairing-expired` */
function leftMs({ signal, begunMs, unlocked: { clock } }: PairingSession): number {
  const goneMs = clock.nowMs() - begunMs
  if (signal.aborted || goneMs < 0 || goneMs >= lifeMs) throw consoleError('console/pairing-expired', {})
  return lifeMs - goneMs
}

/** What was asked may answer later: nobody waits for it. */
function unlessAborted<Result>(asked: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(consoleError('console/pairing-expired', {}))
    signal.addEventListener('abort', stop, { once: true })
    void asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
    if (signal.aborted) stop()
  })
}

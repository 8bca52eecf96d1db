/** How a session hears that something came: by the event stream, and without one it looks from time to time. */
import type { Random } from '@chartseal/core/ports'
import { isRefused } from '../api/refusals.js'
import type { Session } from './session.js'

/** The clinic says something every 25 seconds; docs/spec/clinic-api.md, "Events". */
export const silenceMs = 60_000
const restMs = 5_000

type Waker = Pick<
  Session,
  | 'api'
  | 'broke'
  | 'isLiveBlocked'
  | 'isOnline'
  | 'poke'
  | 'requestNews'
  | 'signal'
  | 'sync'
  | 'unlocked'
  | 'wait'
>

/** So many streams in a row that were never ready: something between the page and the clinic holds them back. */
const blockedAfter = 2

/** Looks, listens until the connection breaks or falls silent, rests, and begins again; ends with the session. */
export async function followEvents(session: Waker): Promise<void> {
  const { signal, wait, unlocked, isLiveBlocked } = session
  let unready = 0
  while (!signal.aborted) {
    await session.sync()
    const heard = session.isOnline.value === true ? await hear(session) : { rest: restMs, wasReady: null }
    session.broke()
    if (heard.wasReady !== null) unready = heard.wasReady ? 0 : unready + 1
    isLiveBlocked.value = unready >= blockedAfter
    if (!signal.aborted) await wait(jittered(heard.rest, unlocked.random), signal)
  }
}

/** Half of it to one and a half: not all devices of a clinic come back in the same moment. */
function jittered(ms: number, random: Random): number {
  const [byte = 0] = random.bytes(1)
  return Math.round(ms * (0.5 + byte / 255))
}

/**
 * Until the stream ends; gives for how long to rest. Silence is an end, and so is a stream that is never ready; `null` when
 * the clinic itself refused it, or the device locked.
 */
async function hear({
  api,
  isLiveBlocked,
  poke,
  requestNews,
  signal,
  wait,
}: Waker): Promise<{ readonly rest: number; readonly wasReady: boolean | null }> {
  const ended = new AbortController()
  const over = AbortSignal.any([signal, ended.signal])
  const silence = deadline(wait, () => ended.abort(), over)
  let [isReady, isRefusal, rest] = [false, false, restMs]
  silence.begin()
  try {
    await api.events(
      {
        wake(event) {
          if (event === 'breakglass') requestNews.value++
          poke()
        },
        ready() {
          isReady = true
          isLiveBlocked.value = false
          silence.begin()
        },
        alive() {
          // Without a word of the clinic itself, what comes may be of something in between.
          if (isReady) silence.begin()
        },
        rest(ms) {
          rest = ms
        },
      },
      over,
    )
  } catch (reason) {
    // The stream broke: whoever follows looks again.
    isRefusal = isRefused(reason)
  }
  ended.abort()
  return { rest, wasReady: isRefusal || signal.aborted ? null : isReady }
}

/** Calls `late` when so long has gone since it was begun last. */
function deadline(wait: Session['wait'], late: () => void, over: AbortSignal): { begin(): void } {
  let current = new AbortController()
  return {
    begin() {
      current.abort()
      const mine = new AbortController()
      current = mine
      const until = AbortSignal.any([over, mine.signal])
      void wait(silenceMs, until).then(() => {
        if (!until.aborted) late()
      })
    },
  }
}

/** The end of a conference that a person has ended: all are told, then the clinic is, and then the keys are destroyed. */
import { effect } from '@preact/signals'
import { isOffline, isRefused } from '../../api/refusals.js'
import { endConference } from '../../conference/api.js'
import { journalGone } from '../../conference/journal-rows.js'
import { changeOwn } from '../../conference/own-conference.js'
import type { Word } from '../../conference/word-row.js'
import { consoleError } from '../../errors.js'
import type { Session } from '../session.js'
import type { Hosting } from './hosting.js'
import { isClosed, type LinkView } from './link.js'
import type { Words } from './words.js'

/** The clinic may answer again: so often it is asked. */
const askAgainMs = 3_000
/** A relay that does not say for so long that it keeps what was said does not keep it. */
const lastWordsMs = 45_000

/** Who is there is told through the relay, even where its log is refused. */
const isThere = ({ kind }: LinkView): boolean => kind === 'live' || kind === 'refused'

const isOnItsWay = ({ kind, state }: Word): boolean =>
  state === 'waiting' && (kind === 'said' || kind === 'emergency')

/** What was said last is given out before the end is. @throws ChartsealError `console/locked` when the device locks meanwhile */
export async function tellAll(session: Session, hosting: Hosting, words: Words): Promise<void> {
  const { link } = hosting
  const isOut = (): boolean => link.value.kind !== 'live' || !words.all.value.some(isOnItsWay)
  const { wait, signal: locked } = session
  for (;;) {
    await until(locked, () => isClosed(link.value) || isThere(link.value))
    if (isClosed(link.value)) return
    await Promise.race([until(locked, isOut), wait(lastWordsMs, locked)])
    if (isThere(link.value)) return hosting.finish()
  }
}

/** @throws ChartsealError what the clinic answers for good */
export async function endAtClinic({ requests, wait, signal: locked }: Session, id: string): Promise<void> {
  for (;;) {
    try {
      return await endConference(requests, id)
    } catch (error) {
      const isLater = isOffline(error) || (isRefused(error) && error.context.status >= 429)
      if (!isLater || locked.aborted) throw error
    }
    await wait(askAgainMs, locked)
  }
}

export async function destroyKeys({ unlocked }: Session, id: string): Promise<void> {
  const gone = await journalGone(unlocked, id)
  const endedMs = unlocked.clock.nowMs()
  await changeOwn(unlocked, id, ({ own }) => ({
    result: true,
    whole: { own: { ...own, state: 'ended', endedMs }, book: null },
    beside: gone,
  }))
}

/** @throws ChartsealError `console/locked` when the device locks meanwhile */
function until(locked: AbortSignal, isSo: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = new AbortController()
    const unwatch = effect(() => {
      if (isSo()) over.abort()
    })
    const end = (): void => {
      unwatch()
      if (isSo()) resolve()
      else reject(consoleError('console/locked', {}))
    }
    if (over.signal.aborted || locked.aborted) return end()
    over.signal.addEventListener('abort', end, { once: true })
    locked.addEventListener('abort', end, { once: true })
  })
}

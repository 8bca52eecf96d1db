/**
 * The session's time, as the drivers of a conference want it. A browser lets the timers of a page that nobody looks at run
 * once a minute; then what is due runs with the beat.
 */
import type { Timer } from '@chartseal/clinic/conference'
import type { Session } from '../session.js'

interface Due {
  readonly atMs: number
  readonly run: () => void
}

export class BeatTimer implements Timer {
  readonly #session: Pick<Session, 'wait' | 'unlocked'>
  readonly #due = new Map<AbortController, Due>()
  readonly #stopBeat: () => void

  constructor(session: Pick<Session, 'wait' | 'beat' | 'unlocked'>) {
    this.#session = session
    this.#stopBeat = session.beat(() => this.#beat())
  }

  after(ms: number, run: () => void): () => void {
    const { wait, unlocked } = this.#session
    const mine = new AbortController()
    this.#due.set(mine, { atMs: unlocked.clock.nowMs() + ms, run })
    void wait(ms, mine.signal).then(() => this.#run(mine))
    return () => {
      this.#due.delete(mine)
      mine.abort()
    }
  }

  /** Nothing runs from then on. */
  stop(): void {
    this.#stopBeat()
    for (const one of this.#due.keys()) one.abort()
    this.#due.clear()
  }

  #beat(): void {
    const nowMs = this.#session.unlocked.clock.nowMs()
    for (const [one, { atMs }] of [...this.#due]) if (atMs <= nowMs) this.#run(one)
  }

  /** Once, by whichever comes first. */
  #run(one: AbortController): void {
    const due = this.#due.get(one)
    this.#due.delete(one)
    one.abort()
    due?.run()
  }
}

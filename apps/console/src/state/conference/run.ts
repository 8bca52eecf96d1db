/** What both ends of a conference have alike: a run in this tab, from its beginning until it is stopped. */
import { PerformanceTable } from '@chartseal/elgamal-session'
import { type Signal, signal } from '@preact/signals'
import type { Session } from '../session.js'
import { createTask, type Task } from '../task.js'
import { type LinkView, lostLink } from './link.js'
import { BeatTimer } from './timer.js'
import type { Words } from './words.js'

interface Driver {
  order(order: { readonly kind: 'close' }): void
  readonly over: Promise<void>
}

/** What a screen shows of either end. */
export interface RunView {
  readonly link: Signal<LinkView>
  /** What a person does, one at a time. */
  readonly task: Task
  /** What is typed, for as long as it runs here: whoever looks at another screen finds it again. */
  readonly draft: Signal<string>
  /** Calls and average time of each primitive on this end, since it began here. */
  readonly performance: PerformanceTable
  /** Secrets of this tab are wiped; the conference goes on when it is opened again. */
  stop(): Promise<void>
}

export abstract class Run<OneDriver extends Driver> implements RunView {
  readonly link: Signal<LinkView> = signal<LinkView>({ kind: 'begins' })
  readonly task: Task
  readonly draft: Signal<string> = signal('')
  readonly performance: PerformanceTable
  protected readonly session: Session
  protected readonly words: Words
  protected readonly timer: BeatTimer
  protected driver: OneDriver | null = null
  protected isStopped = false

  constructor(session: Session, words: Words) {
    this.session = session
    this.words = words
    this.task = createTask(session, 'device')
    this.performance = new PerformanceTable(session.steadyMs)
    this.timer = new BeatTimer(session)
  }

  /** Once. @throws ChartsealError what keeps it from going on here */
  abstract begin(): Promise<void>
  /** Overwrites the keys that it was opened with. */
  protected abstract wipe(): void

  async stop(): Promise<void> {
    if (this.isStopped) return
    this.isStopped = true
    this.driver?.order({ kind: 'close' })
    await this.driver?.over.catch(() => undefined)
    this.timer.stop()
    this.draft.value = ''
    this.wipe()
  }

  /** The connection is gone; the next try, or 0 when none is planned. */
  protected lost(afterMs: number): void {
    const nowMs = this.session.unlocked.clock.nowMs()
    this.link.value = lostLink(this.link.value, nowMs, afterMs === 0 ? 0 : nowMs + afterMs)
  }

  protected failed(error: unknown): void {
    if (!this.isStopped) this.link.value = { kind: 'failed', error }
  }
}

/** Begun; what cannot begin is stopped. @throws as its `begin` */
export async function begun<OneRun extends Pick<Run<Driver>, 'begin' | 'stop'>>(
  run: OneRun,
): Promise<OneRun> {
  try {
    await run.begin()
    return run
  } catch (reason) {
    await run.stop()
    throw reason
  }
}

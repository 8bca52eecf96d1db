/** Connects the core of a conference to a relay and a journal, again and again until it is over. */
import { ChartsealError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import type { CoreEvent, CoreInput, CoreOutput } from '@chartseal/elgamal-session'
import { backOffMs } from './back-off.js'
import { Outbox } from './outbox.js'
import type { Journal, Link, LinkEnd, Timer, Transport } from './ports.js'

const tickMs = 100

/** What is used of a `ConferenceCore`. */
export interface HostMachine {
  handle(input: CoreInput): readonly CoreOutput[]
  readonly isOver: boolean
}

/** What the doctor orders; the rest comes from the driver. */
export type HostOrder = Exclude<CoreInput, { readonly kind: 'link' | 'detached' | 'tick' }>

export type HostEvent =
  | CoreEvent
  /** The relay is not there; it is tried again after so long. */
  | { readonly kind: 'reconnecting'; readonly afterMs: number; readonly reason: string }
  /** Another host of this conference has the relay: this one is over, and the conference is not. */
  | { readonly kind: 'host-taken-over' }

export interface HostOptions {
  /** What `ConferenceCore.start` gave for the records of this journal. */
  readonly started: { readonly core: HostMachine; readonly outputs: readonly CoreOutput[] }
  readonly journal: Pick<Journal, 'append' | 'replace'>
  /** Its messages are those of the host link. */
  readonly transport: Transport
  readonly timer: Timer
  readonly random: Random
  onEvent(event: HostEvent): void
}

export interface HostDriver {
  /** @throws ChartsealError as `ConferenceCore.handle`: nothing was changed then */
  order(order: HostOrder): void
  /**
   * Resolves when nothing is done any more and everything is durable: after the orders `end` and `close`, and when
   * another host took over. Rejects when the journal or the way to the relay failed for good.
   */
  readonly over: Promise<void>
}

/** @example const host = driveHost({ started: ConferenceCore.start({ …, journal: journal.records }), journal, … }) */
export function driveHost(options: HostOptions): HostDriver {
  const run = new HostRun(options)
  run.start()
  return { order: order => run.handle(order), over: run.over }
}

class HostRun {
  readonly over: Promise<void>
  readonly #options: HostOptions
  readonly #outbox: Outbox<CoreOutput>
  #link: Link | null = null
  #tries = 0
  #isOver = false
  #stopTimers: (() => void)[] = []
  #resolve: () => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor(options: HostOptions) {
    this.#options = options
    const { journal } = options
    this.over = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // It may fail before anybody waits for it.
    this.over.catch(() => undefined)
    this.#outbox = new Outbox<CoreOutput>({
      isStored: output => output.kind === 'persist' || output.kind === 'replace',
      store: outputs => storeAll(journal, outputs),
      act: output => this.#act(output),
      failed: error => this.#fail(error),
    })
  }

  start(): void {
    const { core, outputs } = this.#options.started
    this.#outbox.push(outputs)
    // The journal may be that of a conference which has ended.
    if (core.isOver) void this.#finish()
    else {
      this.#tick()
      void this.#connect()
    }
  }

  handle(input: CoreInput): void {
    if (this.#isOver) return
    const { core } = this.#options.started
    this.#outbox.push(core.handle(input))
    if (core.isOver) void this.#finish()
  }

  #act(output: CoreOutput): void {
    if (output.kind === 'link') this.#link?.send(output.bytes)
    if (output.kind === 'event') this.#options.onEvent(output.event)
  }

  #tick(): void {
    if (this.#isOver) return
    this.handle({ kind: 'tick' })
    this.#after(tickMs, () => this.#tick())
  }

  async #connect(): Promise<void> {
    if (this.#isOver) return
    // What an earlier link still delivers is not of this one.
    const state = { isCurrent: true }
    try {
      const link = await this.#options.transport.connect({
        received: bytes => {
          if (state.isCurrent) this.#received(bytes)
        },
        ended: end => {
          if (state.isCurrent) this.#lost(end)
          state.isCurrent = false
        },
      })
      this.#attach(link)
    } catch (error) {
      if (error instanceof ChartsealError) this.#fail(error)
      else this.#retry(0, reasonOf(error))
    }
  }

  #attach(link: Link): void {
    if (this.#isOver) {
      link.close()
      return
    }
    this.#link = link
  }

  #received(bytes: Uint8Array): void {
    // A way on which nothing comes is none: whoever takes connections and ends them is tried ever less often.
    this.#tries = 0
    this.handle({ kind: 'link', bytes })
  }

  #lost(end: LinkEnd): void {
    this.#link = null
    if (this.#isOver) return
    this.handle({ kind: 'detached' })
    if (end.kind === 'taken-over') this.#options.onEvent({ kind: 'host-taken-over' })
    if (end.kind === 'lost') this.#retry(end.retryMs, 'the connection was lost')
    else this.handle({ kind: 'close' })
  }

  #retry(retryMs: number, reason: string): void {
    if (this.#isOver) return
    const afterMs = backOffMs(this.#options.random, this.#tries, retryMs)
    this.#tries += 1
    this.#options.onEvent({ kind: 'reconnecting', afterMs, reason })
    this.#after(afterMs, () => void this.#connect())
  }

  /** The machine is over: what it gave out last is still carried out. */
  async #finish(): Promise<void> {
    this.#stop()
    await this.#outbox.settled()
    this.#link?.close()
    this.#resolve()
  }

  #fail(error: unknown): void {
    this.#stop()
    this.#link?.close()
    this.#reject(error)
  }

  #stop(): void {
    this.#isOver = true
    for (const stop of this.#stopTimers.splice(0)) stop()
  }

  #after(ms: number, run: () => void): void {
    const stop = this.#options.timer.after(ms, () => {
      this.#stopTimers = this.#stopTimers.filter(other => other !== stop)
      run()
    })
    this.#stopTimers.push(stop)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Neighbours in one write; what a later one replaces is not written at all. */
async function storeAll(
  journal: Pick<Journal, 'append' | 'replace'>,
  outputs: readonly CoreOutput[],
): Promise<void> {
  const last = outputs.findLastIndex(({ kind }) => kind === 'replace')
  const whole = outputs[last]
  if (whole?.kind === 'replace') await journal.replace(whole.records)
  const records = outputs
    .slice(last + 1)
    .flatMap(output => (output.kind === 'persist' ? [output.record] : []))
  if (records.length > 0) await journal.append(records)
}

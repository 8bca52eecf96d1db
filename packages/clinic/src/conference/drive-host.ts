/** Connects the core of a conference to a relay and a journal, again and again until it is over. */
import { ChartsealError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import type { CoreEvent, CoreInput, CoreOutput, Work } from '@chartseal/elgamal-session'
import { backOffMs } from './back-off.js'
import { driverError } from './errors.js'
import { longTimer } from './long-timer.js'
import { Outbox } from './outbox.js'
import type { HandshakeWorkers, Journal, Link, LinkEnd, Timer, Transport } from './ports.js'

const tickMs = 100
/** The relay answers each head, and one goes out every 30 s: a way on which nothing comes for so long is none. */
const silentMs = 45_000

/** What is used of a `ConferenceCore`. */
export interface HostMachine {
  handle(input: CoreInput): readonly CoreOutput[]
  readonly isOver: boolean
}

/** What the doctor orders; the rest comes from the driver. */
export type HostOrder = Exclude<
  CoreInput,
  { readonly kind: 'link' | 'detached' | 'tick' | 'shown' | 'worked' }
>

export type HostEvent =
  | CoreEvent
  /** The relay is not there; it is tried again after so long. */
  | { readonly kind: 'reconnecting'; readonly afterMs: number; readonly reason: string }
  /** Another host of this conference has the relay: this one is over, and the conference is not. */
  | { readonly kind: 'host-taken-over' }
  /** The relay has ended the conference, as its time is up or at another device's word: `ended` follows. */
  | { readonly kind: 'over' }

export interface HostOptions {
  /** What `ConferenceCore.start` gave for the records of this journal. */
  readonly started: { readonly core: HostMachine; readonly outputs: readonly CoreOutput[] }
  readonly journal: Pick<Journal, 'append' | 'replace'>
  /** Its messages are those of the host link. */
  readonly transport: Transport
  readonly timer: Timer
  readonly random: Random
  /** For a core whose policy has `maxWorking` above 0. It stays the caller's, who closes it when the host is over. */
  readonly handshakes?: HandshakeWorkers
  /**
   * A direct message of a patient counts as shown when what this gives has resolved; until then it comes again after a new
   * start. The conference does not wait for it.
   */
  onEvent(event: HostEvent): unknown
}

export interface HostDriver {
  /**
   * @throws ChartsealError as `ConferenceCore.handle`: nothing was changed then; `driver/over` for what would be lost
   * because this host is over
   */
  order(order: HostOrder): void
  /**
   * Resolves when nothing is done any more and everything is durable: after the orders `end` and `close`, when the relay
   * ended the conference, and when another host took over. Rejects when the journal or the way to the relay failed for good.
   */
  readonly over: Promise<void>
}

/** @example const host = driveHost({ started: ConferenceCore.start({ …, journal: journal.records }), journal, … }) */
export function driveHost(options: HostOptions): HostDriver {
  const run = new HostRun(options)
  run.start()
  return { order: order => run.order(order), over: run.over }
}

/** What the driver tells itself comes behind what the core has told before. */
type Output =
  | Exclude<CoreOutput, { readonly kind: 'event' }>
  | { readonly kind: 'event'; readonly event: HostEvent }

class HostRun {
  readonly over: Promise<void>
  readonly #options: HostOptions
  readonly #outbox: Outbox<Output>
  readonly #timer: Timer
  #link: Link | null = null
  /** Counts connections: what an earlier one still delivers is not of the newest. */
  #connection = 0
  #tries = 0
  #isOver = false
  #stopTimers: (() => void)[] = []
  #stopSilence: () => void = () => undefined
  #resolve: () => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor(options: HostOptions) {
    this.#options = options
    const { journal, timer } = options
    this.#timer = longTimer(timer)
    this.over = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // It may fail before anybody waits for it.
    this.over.catch(() => undefined)
    this.#outbox = new Outbox<Output>({
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

  order(order: HostOrder): void {
    if (this.#isOver && wouldBeLost(order)) throw driverError('driver/over', {})
    this.#handle(order)
  }

  #handle(input: CoreInput): void {
    if (this.#isOver) return
    const { core } = this.#options.started
    this.#outbox.push(core.handle(input))
    if (core.isOver) void this.#finish()
  }

  #act(output: Output): void {
    if (output.kind === 'link') this.#link?.send(output.bytes)
    if (output.kind === 'event') this.#tell(output.event)
    if (output.kind === 'work') this.#work(output)
  }

  #work(work: Work): void {
    const { handshakes, started } = this.#options
    if (handshakes === undefined) throw new TypeError('handshakes must be given where maxWorking is above 0')
    handshakes.work(work, worked => {
      // The core wipes what comes too late.
      if (this.#isOver) started.core.handle({ kind: 'worked', ...worked })
      else this.#handle({ kind: 'worked', ...worked })
    })
  }

  #say(event: HostEvent): void {
    this.#outbox.push([{ kind: 'event', event }])
  }

  #tell(event: HostEvent): void {
    const told = this.#options.onEvent(event)
    if (event.kind !== 'direct') return
    const { patient, id } = event
    Promise.resolve(told).then(
      () => this.#handle({ kind: 'shown', patient, id }),
      error => this.#fail(error),
    )
  }

  #tick(): void {
    if (this.#isOver) return
    this.#handle({ kind: 'tick' })
    this.#after(tickMs, () => this.#tick())
  }

  async #connect(): Promise<void> {
    if (this.#isOver) return
    this.#connection += 1
    const connection = this.#connection
    const isCurrent = (): boolean => connection === this.#connection
    try {
      const link = await this.#options.transport.connect({
        received: bytes => {
          if (isCurrent()) this.#received(bytes)
        },
        ended: end => {
          if (isCurrent()) this.#lost(end, 'the connection was lost')
        },
      })
      if (isCurrent()) this.#attach(link)
      else link.close()
    } catch (error) {
      this.#unreachable(error)
    }
  }

  #unreachable(error: unknown): void {
    if (!(error instanceof ChartsealError)) this.#retry(0, reasonOf(error))
    else if (error.code === 'relay/ended') this.#endWithRelay()
    else this.#fail(error)
  }

  #attach(link: Link): void {
    if (this.#isOver) {
      link.close()
      return
    }
    this.#link = link
    this.#awaitMessage()
  }

  #received(bytes: Uint8Array): void {
    // A way on which nothing comes is none: whoever takes connections and ends them is tried ever less often.
    this.#tries = 0
    this.#awaitMessage()
    this.#handle({ kind: 'link', bytes })
  }

  #awaitMessage(): void {
    this.#stopSilence()
    if (this.#isOver) return
    this.#stopSilence = this.#after(silentMs, () => {
      this.#link?.close()
      this.#lost({ kind: 'lost', retryMs: 0 }, 'the relay was silent')
    })
  }

  #lost(end: LinkEnd, reason: string): void {
    this.#link = null
    this.#connection += 1
    this.#stopSilence()
    if (this.#isOver) return
    this.#handle({ kind: 'detached' })
    if (end.kind === 'lost') this.#retry(end.retryMs, reason)
    else if (end.kind === 'over') this.#endWithRelay()
    else {
      this.#say({ kind: 'host-taken-over' })
      this.#handle({ kind: 'close' })
    }
  }

  #endWithRelay(): void {
    if (this.#isOver) return
    this.#say({ kind: 'over' })
    this.#handle({ kind: 'end' })
  }

  #retry(retryMs: number, reason: string): void {
    if (this.#isOver) return
    const afterMs = backOffMs(this.#options.random, this.#tries, retryMs)
    this.#tries += 1
    this.#say({ kind: 'reconnecting', afterMs, reason })
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

  #after(ms: number, run: () => void): () => void {
    const forget = (): void => {
      this.#stopTimers = this.#stopTimers.filter(other => other !== stop)
    }
    const cancel = this.#timer.after(ms, () => {
      forget()
      run()
    })
    const stop = (): void => {
      forget()
      cancel()
    }
    this.#stopTimers.push(stop)
    return stop
  }
}

/** Who is enrolled is in the book, and an end has come already. */
function wouldBeLost({ kind }: HostOrder): boolean {
  return kind === 'say' || kind === 'direct' || kind === 'block' || kind === 'unblock'
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Neighbours in one write; what a later one replaces is not written at all. */
async function storeAll(
  journal: Pick<Journal, 'append' | 'replace'>,
  outputs: readonly Output[],
): Promise<void> {
  const last = outputs.findLastIndex(({ kind }) => kind === 'replace')
  const whole = outputs[last]
  if (whole?.kind === 'replace') await journal.replace(whole.records)
  const records = outputs
    .slice(last + 1)
    .flatMap(output => (output.kind === 'persist' ? [output.record] : []))
  if (records.length > 0) await journal.append(records)
}

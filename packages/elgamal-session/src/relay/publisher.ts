/** Frames for all on their way into the log: each number once, in order, and the same frame again is no other one. */
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { type SharedFrame, sequenceOf, sharedFrame } from './frame.js'
import type { FrameLog } from './frame-log.js'
import type { PublishRefusal } from './link.js'
import type { Ring } from './ring.js'

export interface PublisherOptions {
  readonly log: FrameLog
  readonly ring: Ring
  /** It is durable now. */
  onLogged(frame: SharedFrame): void
  /** It was durable before, or is so now: an answer to the core. */
  onKnown(sequence: number): void
  onRefused(sequence: number, reason: PublishRefusal): void
  /** The log is empty, and goes on behind a number. */
  onRestarted(after: number): void
  onFault(error: unknown): void
}

export class Publisher {
  readonly #options: PublisherOptions
  /** Those that the log has not made durable yet. */
  readonly #onTheirWay = new Map<number, Uint8Array>()
  /** What came while the log is emptied; `null` at other times. */
  #held: Uint8Array[] | null = null
  /** The newest number that the log was given; 0 for none. */
  #accepted: number
  /** Up to this number the log has what was given to nobody yet, as a failing disk has kept it. */
  #notGiven = 0
  /** Runs when nothing is on its way any more. */
  #whenIdle: () => void = () => undefined

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#accepted = options.ring.newest
  }

  publish(bytes: Uint8Array): void {
    if (this.#held !== null) this.#held.push(bytes)
    else this.#publish(bytes)
  }

  /** Runs once everything that was published is in the log, or could not be. */
  whenIdle(run: () => void): void {
    this.#whenIdle = run
    this.#look()
  }

  #look(): void {
    if (this.#held !== null || this.#onTheirWay.size > 0) return
    const run = this.#whenIdle
    this.#whenIdle = () => undefined
    run()
  }

  /** Empties the log, which then goes on behind a number. Where that fails, the core is told, and may say it again. */
  async restart(after: number): Promise<void> {
    if (this.#held !== null) return
    this.#held = []
    const { log, ring, onRestarted, onRefused, onFault } = this.#options
    try {
      await log.restart()
      ring.restart(after)
      this.#accepted = after
      this.#notGiven = 0
      onRestarted(after)
    } catch (error) {
      onFault(error)
      onRefused(after, 'log')
    }
    const held = this.#held
    this.#held = null
    for (const bytes of held) this.#publish(bytes)
    this.#look()
  }

  #publish(bytes: Uint8Array): void {
    const frame = sharedFrame(bytes, 'signed')
    const next = this.#accepted + 1
    if (frame === null) this.#options.onRefused(0, 'malformed')
    else if (this.#accepted === 0 || frame.sequence === next) this.#appendNext(frame)
    else if (frame.sequence > next) this.#options.onRefused(frame.sequence, 'gap')
    else void this.#compare(frame)
  }

  /** Behind one that is in the log and was given to nobody yet, it has to come later. */
  #appendNext(frame: SharedFrame): void {
    if (this.#options.ring.newest >= this.#notGiven) this.#append(frame)
    else this.#options.onRefused(frame.sequence, 'log')
  }

  #append(frame: SharedFrame): void {
    const { log } = this.#options
    this.#accepted = frame.sequence
    this.#onTheirWay.set(frame.sequence, frame.bytes)
    log.append(frame.bytes).then(
      () => this.#logged(frame),
      error => this.#failed(frame, error),
    )
  }

  #logged(frame: SharedFrame): void {
    this.#onTheirWay.delete(frame.sequence)
    this.#options.onLogged(frame)
    this.#options.onKnown(frame.sequence)
    this.#look()
  }

  #failed(frame: SharedFrame, error: unknown): void {
    const { sequence } = frame
    // The disk could not say so, and it is there all the same: whoever reads the log would get it, so everybody does.
    if (!(error instanceof RangeError) && sequence <= this.#newest()) {
      this.#logged(frame)
      return
    }
    this.#onTheirWay.delete(sequence)
    this.#accepted = this.#lastBefore(sequence)
    if (sequence <= this.#newest()) this.#notGiven = this.#newest()
    const isFull = error instanceof ChartsealError && error.code === 'conference/log-full'
    if (!isFull) this.#options.onFault(error)
    this.#options.onRefused(sequence, isFull ? 'full' : 'log')
    this.#look()
  }

  /** The number that the log has, or still gets, before one that it does not get. */
  #lastBefore(failed: number): number {
    let last = this.#newest()
    // In the order in which the log was given them.
    for (const sequence of this.#onTheirWay.keys()) {
      if (sequence > failed) break
      last = sequence
    }
    return last
  }

  /** Of what is durable; 0 for none. */
  #newest(): number {
    const newest = this.#options.log.newest()
    return newest === null ? 0 : sequenceOf(newest)
  }

  /** A core that did not hear that it is durable publishes it again. */
  async #compare(frame: SharedFrame): Promise<void> {
    const { sequence, bytes } = frame
    const { onRefused, onFault } = this.#options
    try {
      const coming = this.#onTheirWay.get(sequence)
      const known = coming ?? (await this.#durable(sequence))
      if (known === null) onRefused(sequence, 'gap')
      else if (!equal(known, bytes)) onRefused(sequence, 'fork')
      else if (coming === undefined) this.#known(frame, await this.#isFirst(sequence))
    } catch (error) {
      onFault(error)
      onRefused(sequence, 'log')
    }
  }

  /** Of a log of which nothing was given to anybody. */
  async #isFirst(sequence: number): Promise<boolean> {
    return this.#options.ring.newest === 0 && (await this.#durable(sequence - 1)) === null
  }

  /** It is in the log. Where the disk had failed, nobody has got it yet. */
  #known(frame: SharedFrame, isFirst: boolean): void {
    const { ring, onKnown, onLogged, onRefused } = this.#options
    const isNext = ring.newest === 0 ? isFirst : frame.sequence === ring.newest + 1
    if (isNext) onLogged(frame)
    if (isNext || frame.sequence <= ring.newest) onKnown(frame.sequence)
    else onRefused(frame.sequence, 'log')
  }

  /** `null` for a number before the first of the log. */
  async #durable(sequence: number): Promise<Uint8Array | null> {
    const recent = this.#options.ring.at(sequence)
    if (recent !== null) return recent
    const [found] = await this.#options.log.read(sequence - 1, 1)
    return found !== undefined && sequenceOf(found) === sequence ? found : null
  }
}

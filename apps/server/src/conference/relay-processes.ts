/** The relay processes of a server: each new connection goes to the one that has fewest, and one that dies is started again. */
import type { Clock } from '@chartseal/core/ports'
import { type Join, RelayChild, type RelayChildOptions } from './relay-child.js'
import type { Counts } from './relay-messages.js'

export interface RelayProcessesOptions extends Pick<RelayChildOptions, 'policy' | 'accept' | 'onFault'> {
  readonly count: number
  readonly clock: Clock
  /** One takes connections now. */
  onStart(pid: number): void
}

type Sum = Omit<Counts, 'kind' | 'taken' | 'open' | 'refused'>

/** One that dies at once is started again after so long, and twice as long each time. */
const firstWaitMs = 250
const longestWaitMs = 30_000
/** Whoever lived for so long did not die at once. */
const livedMs = 10_000

export class RelayProcesses {
  readonly #options: RelayProcessesOptions
  readonly #living = new Set<RelayChild>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #refused = new Map<string, number>()
  /** Of those that are gone. */
  #frames = 0
  #isEnding = false

  constructor(options: RelayProcessesOptions) {
    this.#options = options
  }

  /** Resolves once each of them takes connections, or has failed. */
  async start(): Promise<void> {
    const { count } = this.#options
    await Promise.all(
      Array.from({ length: count }, () => new Promise<void>(up => this.#spawn(firstWaitMs, up))),
    )
  }

  /** Hands a connection over. False where none of them takes more. */
  give(join: Join): boolean {
    const [best] = [...this.#living].toSorted((one, other) => one.load - other.load)
    if (best === undefined || best.load === Number.POSITIVE_INFINITY) return false
    best.give(join)
    return true
  }

  /** How many take connections, or will. */
  get size(): number {
    return this.#living.size
  }

  counts(): Sum {
    const all = [...this.#living].flatMap(({ counts }) => (counts === null ? [] : [counts]))
    const sum = (of: (one: Counts) => number): number => all.reduce((total, one) => total + of(one), 0)
    return {
      connections: sum(({ connections }) => connections),
      members: sum(({ members }) => members),
      behind: sum(({ behind }) => behind),
      frames: this.#frames + sum(({ frames }) => frames),
    }
  }

  /** How many were refused or ended, by reason, since the start. */
  refused(): ReadonlyMap<string, number> {
    const total = new Map(this.#refused)
    for (const { counts } of this.#living) addTo(total, counts)
    return total
  }

  /** Once a second: one that is stuck is ended. */
  turn(): void {
    for (const one of this.#living) one.turn()
  }

  /** Everybody is told to come again; resolves once all of them have ended. */
  async end(): Promise<void> {
    this.#isEnding = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.#living].map(one => one.end()))
  }

  /** @param up called once it is ready, or has ended */
  #spawn(waitMs: number, up: () => void): void {
    const { clock, onStart } = this.#options
    const startedMs = clock.nowMs()
    const child = new RelayChild({
      ...this.#options,
      onReady: pid => {
        onStart(pid)
        up()
      },
      onEnd: rest => {
        const isOld = clock.nowMs() - startedMs >= livedMs
        this.#ended(child, rest, isOld ? firstWaitMs : waitMs)
        up()
      },
    })
    this.#living.add(child)
  }

  #ended(child: RelayChild, rest: readonly Join[], waitMs: number): void {
    this.#living.delete(child)
    this.#frames += child.counts?.frames ?? 0
    addTo(this.#refused, child.counts)
    for (const join of rest) if (!this.give(join)) join.here()
    if (this.#isEnding) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#spawn(Math.min(longestWaitMs, 2 * waitMs), () => undefined)
    }, waitMs).unref()
    this.#timers.add(timer)
  }
}

function addTo(total: Map<string, number>, counts: Counts | null): void {
  for (const [reason, count] of counts?.refused ?? []) total.set(reason, (total.get(reason) ?? 0) + count)
}

/** Connections that are no members yet: so many at most, of one source too, and not for long. */
import { encodeHex } from '@chartseal/core/encoding'
import type { Connection } from './connection.js'
import type { RelayPolicy } from './policy.js'

export class Unproven {
  readonly #policy: RelayPolicy
  readonly #all = new Set<Connection>()
  readonly #ofSource = new Map<string, number>()
  #asking = 0

  constructor(policy: RelayPolicy) {
    this.#policy = policy
  }

  /** How many hellos the core has, and has not decided. */
  get asking(): number {
    return this.#asking
  }

  /** Whether there was room. */
  add(one: Connection): boolean {
    const source = encodeHex(one.source)
    const held = this.#ofSource.get(source) ?? 0
    if (this.#all.size >= this.#policy.unproven || held >= this.#policy.unprovenOfSource) return false
    this.#all.add(one)
    this.#ofSource.set(source, held + 1)
    return true
  }

  /** Its hello goes to the core. */
  asks(one: Connection, nowMs: number): void {
    one.state = 'asking'
    one.sinceMs = nowMs
    this.#asking += 1
  }

  remove(one: Connection): void {
    if (!this.#all.delete(one)) return
    const source = encodeHex(one.source)
    const held = (this.#ofSource.get(source) ?? 0) - 1
    if (held > 0) this.#ofSource.set(source, held)
    else this.#ofSource.delete(source)
    if (one.state === 'asking') this.#asking -= 1
  }

  /** Those that have had their time; also by a clock that was put back further than that. */
  late(nowMs: number): readonly Connection[] {
    const { helloMs, membershipMs } = this.#policy
    return [...this.#all].filter(
      ({ state, sinceMs }) => Math.abs(nowMs - sinceMs) >= (state === 'asking' ? membershipMs : helloMs),
    )
  }
}

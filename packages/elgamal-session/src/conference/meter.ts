/** Calls and average time of each primitive, the seed's performance table, at either end. */

/** In the order of the table. */
export const primitives = ['agree', 'sign', 'verify', 'hash', 'seal', 'open', 'derive'] as const

/**
 * `agree`: one message of a handshake, its Diffie-Hellman computations included; `derive`: keys of the tree; `seal` and
 * `open`: AES-256-GCM; `sign` and `verify`: Ed25519; `hash`: SHA-256 of a frame for all.
 */
export type Primitive = (typeof primitives)[number]

/** Where calls are reported. */
export interface Meter {
  /** A clock that never goes back, such as `performance.now`, in milliseconds. */
  nowMs(): number
  record(primitive: Primitive, elapsedMs: number): void
}

export interface PerformanceRow {
  readonly primitive: Primitive
  readonly calls: number
  /** 0 where there were no calls. */
  readonly averageMs: number
}

/** A {@link Meter} that keeps the table; `nowMs` is the clock. */
export class PerformanceTable implements Meter {
  readonly nowMs: () => number
  readonly #calls = new Map<Primitive, number>()
  readonly #totalMs = new Map<Primitive, number>()

  constructor(nowMs: () => number) {
    this.nowMs = nowMs
  }

  record(primitive: Primitive, elapsedMs: number): void {
    this.#calls.set(primitive, (this.#calls.get(primitive) ?? 0) + 1)
    this.#totalMs.set(primitive, (this.#totalMs.get(primitive) ?? 0) + elapsedMs)
  }

  /** One row for each primitive, called or not, always in the same order. */
  rows(): readonly PerformanceRow[] {
    return primitives.map(primitive => {
      const calls = this.#calls.get(primitive) ?? 0
      return { primitive, calls, averageMs: calls === 0 ? 0 : (this.#totalMs.get(primitive) ?? 0) / calls }
    })
  }
}

/** Runs `call` and reports it where there is a meter; a call that throws counts too. */
export function measured<T>(meter: Meter | undefined, primitive: Primitive, call: () => T): T {
  if (meter === undefined) return call()
  const startMs = meter.nowMs()
  try {
    return call()
  } finally {
    meter.record(primitive, meter.nowMs() - startMs)
  }
}

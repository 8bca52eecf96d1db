import type { Random } from '@chartseal/core/ports'

/** Gives what the case says, and nothing else. */
export class Chance implements Random {
  #bytes: Uint8Array = new Uint8Array()

  next(bytes: Uint8Array): void {
    this.#bytes = bytes
  }

  bytes(sizeBytes: number): Uint8Array {
    const given = this.#bytes.slice(0, sizeBytes)
    this.#bytes = this.#bytes.slice(sizeBytes)
    return given
  }

  get left(): number {
    return this.#bytes.length
  }
}

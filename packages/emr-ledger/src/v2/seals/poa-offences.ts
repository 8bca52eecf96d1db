/** The proofs against sealers that a node has: kept over a restart, as the blocks that show them may go. */

import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { sealError } from '../errors-seal.js'
import { readStrictly } from '../fields.js'
import type { SealNotes } from '../seal.js'
import { encodeOffence, type Offence } from './poa-offence.js'

/** Proofs that are kept, and those of one sealer: one who goes on hides nobody else. */
const mostOffences = 256
const mostOfSealer = 8
const noteName = 'poa/offences'

export class Offences {
  readonly #proofs = new Map<string, Uint8Array>()
  readonly #ofSealer = new Map<string, number>()
  #stored = 0

  get all(): readonly Uint8Array[] {
    return [...this.#proofs.values()]
  }

  note(offence: Offence): void {
    const kid = encodeHex(offence.sealer.kid)
    const count = this.#ofSealer.get(kid) ?? 0
    if (count >= mostOfSealer || this.#proofs.size >= mostOffences) return
    const proof = encodeOffence(offence)
    const key = encodeHex(proof)
    if (this.#proofs.has(key)) return
    this.#proofs.set(key, proof)
    this.#ofSealer.set(kid, count + 1)
  }

  /** @throws ChartsealError `ledger/seal-memory` */
  async load(notes: SealNotes, check: (proof: Uint8Array) => Offence): Promise<void> {
    const bytes = await notes.get(noteName)
    if (bytes === null) return
    const proofs = readStrictly(
      () => CborFields.decode(bytes, ['proofs']).bytesList('proofs'),
      reason => sealError('ledger/seal-memory', { reason }),
    )
    for (const proof of proofs) this.note(check(proof))
    this.#stored = this.#proofs.size
  }

  async store(notes: SealNotes): Promise<void> {
    const { size } = this.#proofs
    if (size === this.#stored) return
    await notes.put(noteName, encodeCbor({ proofs: [...this.#proofs.values()] }))
    this.#stored = size
  }
}

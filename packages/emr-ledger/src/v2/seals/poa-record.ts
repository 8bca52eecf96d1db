/** Evidence of finality that a node has made, and keeps: the newest, and that of every change of the sealers. */
import { equal } from '@chartseal/core/bytes'
import type { SealNotes } from '../seal.js'
import { encodePoaEvidence, poaEvidenceHeader } from './poa-evidence.js'
import { sealersOnto } from './poa-memory.js'
import type { PoaNode } from './poa-tree.js'

const newestNote = 'poa/evidence'
const trailNote = (place: number): string => `poa/trail/${place}`

export class FinalityRecord {
  readonly #notes: SealNotes
  readonly #trail: Uint8Array[]
  /** Hash of the sealers onto the final block. */
  #sealers: Uint8Array
  #newest: Uint8Array | null
  #storedTrail: number
  #storedNewest: Uint8Array | null

  private constructor(
    notes: SealNotes,
    sealers: Uint8Array,
    newest: Uint8Array | null,
    trail: readonly Uint8Array[],
  ) {
    this.#notes = notes
    this.#sealers = sealers
    this.#newest = newest
    this.#storedNewest = newest
    this.#trail = [...trail]
    this.#storedTrail = trail.length
  }

  /** @throws ChartsealError `ledger/finality` for a note that was not stored by this */
  static async open(notes: SealNotes, final: PoaNode): Promise<FinalityRecord> {
    const newest = await notes.get(newestNote)
    const isOfFinal = newest !== null && equal(poaEvidenceHeader(newest).id, final.header.id)
    const trail: Uint8Array[] = []
    for (
      let next = await notes.get(trailNote(0));
      next !== null;
      next = await notes.get(trailNote(trail.length))
    )
      trail.push(next)
    // A node that died before it stored what was final makes that evidence again.
    const known = trail.filter(one => poaEvidenceHeader(one).height <= final.header.height)
    return new FinalityRecord(notes, sealersOnto(final.memory).hash, isOfFinal ? newest : null, known)
  }

  get newest(): Uint8Array | null {
    return this.#newest
  }

  get trail(): readonly Uint8Array[] {
    return this.#trail
  }

  /** The last of the three blocks that show what is final now. */
  add(last: PoaNode): void {
    const { parent } = last
    if (parent === null) throw new Error('internal: three blocks show what is final')
    this.#newest = encodePoaEvidence(last)
    const { hash } = sealersOnto(parent.memory)
    if (!equal(hash, this.#sealers)) this.#trail.push(this.#newest)
    this.#sealers = hash
  }

  /** The trail first: without it nobody comes to the newest. */
  async store(): Promise<void> {
    for (; this.#storedTrail < this.#trail.length; this.#storedTrail++) {
      const evidence = this.#trail[this.#storedTrail]
      if (evidence !== undefined) await this.#notes.put(trailNote(this.#storedTrail), evidence)
    }
    if (this.#newest === null || this.#newest === this.#storedNewest) return
    await this.#notes.put(newestNote, this.#newest)
    this.#storedNewest = this.#newest
  }
}

/** The records that this node has acknowledged: their notes, from the first day until they are final. */
import { encodeHex } from '@chartseal/core/encoding'
import { nodeError } from '../v2/errors-node.js'
import type { LedgerIndex } from '../v2/ports.js'
import { decodeRecord, type LedgerRecord } from '../v2/record.js'
import type { Admission } from './admission.js'
import type { Answers } from './answers.js'
import type { Chain } from './chain.js'
import type { Listeners } from './listeners.js'
import { Newest } from './newest.js'
import { decodePending, noteNames, pendingName } from './notes.js'

export interface VouchedParts {
  readonly index: LedgerIndex
  readonly chain: Chain
  readonly admission: Admission
  readonly answers: Answers
  readonly listeners: Listeners
  /** Blocks on top of a prescription from which on a dispensing is admitted; `null`: any number will do. */
  readonly dispenseDepth: number | 'never' | null
}

const mostRefusals = 1_024

export class Vouched {
  readonly #parts: VouchedParts
  readonly #refusals = new Newest<string>(mostRefusals)

  constructor(parts: VouchedParts) {
    this.#parts = parts
  }

  /** Records that an earlier run acknowledged. */
  async restore(): Promise<void> {
    const { index, admission } = this.#parts
    const notes = await index.notes(noteNames.pending)
    const read = notes.map(({ name, value }) => ({ name, ...decodePending(value) }))
    const done: string[] = []
    for (const { name, order, record: bytes } of read.sort((a, b) => a.order - b.order)) {
      const record = decodeRecord(bytes)
      const sealed = await this.sealed(record.txid)
      if (sealed?.isFinal === true) done.push(name)
      else admission.restore(record, order, sealed !== null)
    }
    await this.#forget(done)
  }

  /** The record as the chain that is followed has it. `isFinal`: its block is not undone any more. */
  async sealed(
    txid: Uint8Array,
  ): Promise<{ readonly record: LedgerRecord; readonly isFinal: boolean } | null> {
    const placed = await this.#parts.answers.placed(txid)
    if (placed === null) return null
    const { floor } = this.#parts.chain.published
    return { record: placed.record, isFinal: placed.height <= floor.header.height }
  }

  /** Where nothing is final, a dispensing is admitted only on what is buried deep enough. */
  async requireDepth({ claims }: LedgerRecord): Promise<void> {
    const { dispenseDepth: expected, answers, chain } = this.#parts
    if (claims.kind !== 'dispense' || expected === null) return
    if (expected === 'never') throw nodeError('ledger/no-finality', {})
    const placed = await answers.placed(claims.previous)
    const depth = placed === null ? 0 : Number(chain.published.tip.header.height - placed.height)
    if (depth < expected) throw nodeError('ledger/not-deep-enough', { expected, depth })
  }

  /** Of records that are final. */
  forget(records: readonly LedgerRecord[]): Promise<void> {
    return this.#forget(records.map(({ txid }) => pendingName(txid)))
  }

  /** Gives up what can never be sealed any more, and tells it. */
  async dropRefused(): Promise<void> {
    const refused = await this.#parts.admission.refused()
    await this.forget(refused.map(({ record }) => record))
    for (const { record, code } of refused) {
      this.#refusals.set(encodeHex(record.txid), code)
      this.#parts.listeners.tell({ kind: 'refused', txid: record.txid, code })
    }
  }

  /** The code that a record was refused with for ever, lately. */
  refusalOf(txid: Uint8Array): string | null {
    return this.#refusals.get(encodeHex(txid)) ?? null
  }

  async #forget(names: readonly string[]): Promise<void> {
    if (names.length > 0) await this.#parts.index.write({ notes: names.map(name => ({ name, value: null })) })
  }
}

/** Records that wait to be sealed: bounded, by signer and number, in the order in which they were acknowledged. */
import { encodeHex } from '@chartseal/core/encoding'
import { nodeError } from '../v2/errors-node.js'
import type { LedgerRecord } from '../v2/record.js'
import type { NodeLimits } from './api.js'

export interface Waiting {
  readonly record: LedgerRecord
  /** txid in hexadecimal. */
  readonly key: string
  readonly order: number
  /** The code that it is refused with on the chain that is followed now; `null`: it can be sealed. */
  readonly refusal: string | null
}

export class Mempool {
  readonly #limits: Pick<NodeLimits, 'pending' | 'pendingOfSigner'>
  readonly #byTxid = new Map<string, Waiting>()
  readonly #bySlot = new Map<string, Waiting>()
  readonly #ofSigner = new Map<string, number>()
  #nextOrder = 0

  constructor(limits: Pick<NodeLimits, 'pending' | 'pendingOfSigner'>) {
    this.#limits = limits
  }

  get size(): number {
    return this.#byTxid.size
  }

  get(txid: Uint8Array): Waiting | null {
    return this.#byTxid.get(encodeHex(txid)) ?? null
  }

  /** Whatever waits with this number of the signer. */
  at(signer: Uint8Array, seq: bigint): Waiting | null {
    return this.#bySlot.get(slotOf(signer, seq)) ?? null
  }

  /** In the order of acknowledgement. */
  all(): readonly Waiting[] {
    return [...this.#byTxid.values()].sort((a, b) => a.order - b.order)
  }

  /**
   * Whether one more has a place, and in whose place: only what cannot be sealed any more makes way for another of the
   * same number.
   * @throws ChartsealError `ledger/seq-pending`, `ledger/pending-full`, `ledger/pending-of-signer`
   */
  placeFor({ claims: { signer, seq } }: LedgerRecord): Waiting | null {
    const there = this.at(signer, seq)
    if (there !== null && there.refusal === null) throw nodeError('ledger/seq-pending', { seq })
    if (there !== null) return there
    const { pending, pendingOfSigner } = this.#limits
    if (this.size >= pending) throw nodeError('ledger/pending-full', { most: pending })
    if ((this.#ofSigner.get(encodeHex(signer)) ?? 0) >= pendingOfSigner)
      throw nodeError('ledger/pending-of-signer', { most: pendingOfSigner })
    return null
  }

  /** Without a look at the limits. What had its number goes. @param order by default behind all others */
  put(record: LedgerRecord, order?: number): Waiting {
    const { signer, seq } = record.claims
    const there = this.at(signer, seq)
    if (there !== null) this.remove(there)
    const waiting = this.numbered(record, order)
    this.#byTxid.set(waiting.key, waiting)
    this.#bySlot.set(slotOf(signer, seq), waiting)
    this.#count(signer, 1)
    return waiting
  }

  /** A record with its place in the order, which nobody else gets; it does not wait here. */
  numbered(record: LedgerRecord, order: number = this.#nextOrder): Waiting {
    this.#nextOrder = Math.max(this.#nextOrder, order + 1)
    return { record, key: encodeHex(record.txid), order, refusal: null }
  }

  /** Notes with which code it is refused now. */
  judge(waiting: Waiting, refusal: string | null): Waiting {
    const judged = { ...waiting, refusal }
    this.#byTxid.set(waiting.key, judged)
    this.#bySlot.set(slotOf(waiting.record.claims.signer, waiting.record.claims.seq), judged)
    return judged
  }

  remove({ record: { txid, claims } }: Pick<Waiting, 'record'>): void {
    if (!this.#byTxid.delete(encodeHex(txid))) return
    this.#bySlot.delete(slotOf(claims.signer, claims.seq))
    this.#count(claims.signer, -1)
  }

  #count(signer: Uint8Array, change: number): void {
    const key = encodeHex(signer)
    const count = (this.#ofSigner.get(key) ?? 0) + change
    if (count === 0) this.#ofSigner.delete(key)
    else this.#ofSigner.set(key, count)
  }
}

const slotOf = (signer: Uint8Array, seq: bigint): string => `${encodeHex(signer)} ${seq}`

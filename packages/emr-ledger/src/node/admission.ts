/**
 * Which records wait here to be sealed. One is admitted by the rules of the state on the chain that is followed, with
 * those before it; what a reorganisation takes back waits again; what can never be sealed any more is refused.
 */
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { StateStep } from '../v2/apply.js'
import type { LedgerState } from '../v2/ledger-state.js'
import type { LedgerRecord } from '../v2/record.js'
import { prescriptionKey, seqKey } from '../v2/state.js'
import type { NodeLimits } from './api.js'
import type { Advance, Chain } from './chain.js'
import type { KeptBlock } from './chain-tree.js'
import { Mempool, type Waiting } from './mempool.js'

/** What is judged by time or state alone, and gets no better with more blocks. */
const forEver: ReadonlySet<string> = new Set([
  'ledger/not-open',
  'ledger/expired',
  'ledger/too-many-units',
  'ledger/other-ledger',
])

/** Over the records that wait, when the chain that is followed has changed. */
const mostPasses = 8
const mostAgeSeconds = 60n

export interface Refusal {
  readonly record: LedgerRecord
  readonly code: string
}

/** The records that wait, on one tip. */
interface View {
  readonly tip: KeptBlock
  readonly state: LedgerState
  readonly step: StateStep
  /** Seconds: when the next block is thought to be. */
  readonly time: bigint
}

export class Admission {
  readonly #chain: Chain
  readonly #now: () => bigint
  readonly #pool: Mempool
  /** wtxids of the records that wait: their signatures were verified here. */
  readonly #verified = new Set<string>()
  /** Records that were acknowledged and stand in blocks that are not final, by txid. */
  readonly #sealed = new Map<string, Waiting>()
  #view: View | null = null
  #floor: KeptBlock

  /** @param now in seconds */
  constructor(chain: Chain, limits: Pick<NodeLimits, 'pending' | 'pendingOfSigner'>, now: () => bigint) {
    this.#chain = chain
    this.#now = now
    this.#pool = new Mempool(limits)
    this.#floor = chain.published.floor
  }

  get verified(): ReadonlySet<string> {
    return this.#verified
  }

  get(txid: Uint8Array): Waiting | null {
    return this.#pool.get(txid)
  }

  all(): readonly Waiting[] {
    return this.#pool.all()
  }

  /** The same, judged on the chain that is followed now. */
  async judged(txid: Uint8Array): Promise<Waiting | null> {
    await this.#settled()
    return this.#pool.get(txid)
  }

  /** The number of the signer's next record: behind those that wait without a gap. */
  async nextSeq(signer: Uint8Array): Promise<bigint> {
    const { state } = await this.#settled()
    let seq = await state.nextSeq(signer)
    while (this.#pool.at(signer, seq)?.refusal === null) seq++
    return seq
  }

  /**
   * Takes a record in, or refuses it and stays as it was. `replaced`: what made way for it.
   * @throws ChartsealError `ledger/seq-pending`, `ledger/pending-full`, `ledger/pending-of-signer`, and what the state
   * refuses it with
   */
  async admit(
    record: LedgerRecord,
  ): Promise<{ readonly waiting: Waiting; readonly replaced: Waiting | null }> {
    const { step, state } = await this.#settled()
    const replaced = this.#pool.placeFor(record)
    await state.load(keysOf(record, state))
    step.add(record)
    this.#verified.add(encodeHex(record.wtxid))
    if (replaced !== null) this.#drop(replaced)
    return { waiting: this.#pool.put(record), replaced }
  }

  /** Takes back what was admitted and could not be made durable. */
  withdraw(waiting: readonly Waiting[], replaced: readonly Waiting[]): void {
    for (const one of waiting) this.#drop(one)
    for (const one of replaced) this.#pool.put(one.record, one.order)
    this.#view = null
  }

  /** A record that was acknowledged by an earlier run. `isSealed`: it stands in a block that is not final. */
  restore(record: LedgerRecord, order: number, isSealed: boolean): void {
    const waiting = this.#pool.numbered(record, order)
    if (isSealed) this.#sealed.set(waiting.key, waiting)
    else this.#pool.put(record, order)
    this.#view = null
  }

  /** A record of a block that is not final is acknowledged here too: it is not forgotten when that block is undone. */
  vouch(record: LedgerRecord): Waiting {
    const sealed = this.#sealed.get(encodeHex(record.txid)) ?? this.#pool.numbered(record)
    this.#sealed.set(sealed.key, sealed)
    return sealed
  }

  /** Those that can be sealed now, in an order in which they can be. */
  async ready(): Promise<readonly LedgerRecord[]> {
    await this.#settled()
    return this.#pool.all().flatMap(({ record, refusal }) => (refusal === null ? [record] : []))
  }

  /** Follows the chain. Gives the txids whose notes are not needed any more: their blocks are final. */
  follow({ undone, done, settled }: Pick<Advance, 'undone' | 'done' | 'settled'>): readonly LedgerRecord[] {
    if (undone.length > 0 || done.length > 0) this.#view = null
    // The oldest first, so that each waits behind what it builds upon.
    for (const block of [...undone].reverse()) for (const record of block.records) this.#unsealed(record)
    for (const block of done) for (const record of block.records) this.#sealedNow(record)
    return settled.flatMap(block => block.records.filter(record => this.#finalNow(record)))
  }

  /** What can never be sealed any more, since the last time that this was asked; it waits no longer. */
  async refused(): Promise<readonly Refusal[]> {
    const { floor } = this.#chain.published
    if (floor === this.#floor && this.#pool.size === 0) return []
    await this.#settled()
    this.#floor = floor
    const found: Refusal[] = []
    for (const { record, refusal } of this.#pool.all()) {
      const code = refusal === null ? null : await this.#refusalForEver(record, floor, refusal)
      if (code === null) continue
      this.#drop({ record })
      found.push({ record, code })
    }
    return found
  }

  #drop(waiting: Pick<Waiting, 'record'>): void {
    this.#pool.remove(waiting)
    this.#verified.delete(encodeHex(waiting.record.wtxid))
  }

  /** Its signatures were verified with its block. */
  #unsealed(record: LedgerRecord): void {
    const sealed = this.#sealed.get(encodeHex(record.txid))
    this.#sealed.delete(encodeHex(record.txid))
    if (this.#pool.at(record.claims.signer, record.claims.seq) !== null) return
    this.#pool.put(record, sealed?.order)
    this.#verified.add(encodeHex(record.wtxid))
  }

  #sealedNow(record: LedgerRecord): void {
    const waiting = this.#pool.get(record.txid)
    if (waiting === null) return
    this.#verified.delete(encodeHex(waiting.record.wtxid))
    this.#pool.remove(waiting)
    this.#sealed.set(waiting.key, waiting)
  }

  /** Whether it was acknowledged here. */
  #finalNow(record: LedgerRecord): boolean {
    return this.#sealed.delete(encodeHex(record.txid))
  }

  /** The pool on the chain that is followed now. */
  async #settled(): Promise<View> {
    const { tip } = this.#chain.published
    const time = await this.#chain.timeOn(tip, this.#now())
    if (this.#view !== null && this.#view.tip === tip && isFresh(this.#view, time)) return this.#view
    const state = await this.#chain.stateOf(tip)
    const pool = this.#pool.all()
    const step = await this.#stepOn({ tip, state, time }, pool)
    let waiting = pool
    // Again, as what was acknowledged first may build upon what came back later.
    for (let pass = 0, before = -1; pass < mostPasses && before !== waiting.length; pass++) {
      before = waiting.length
      waiting = waiting.flatMap(one => {
        const refusal = refusalBy(step, one.record)
        const judged = this.#pool.judge(one, refusal)
        // What an earlier run acknowledged is verified once, and not again for each block.
        if (refusal === null) this.#verified.add(encodeHex(one.record.wtxid))
        return refusal === null ? [] : [judged]
      })
    }
    const view = { tip, state, step, time }
    this.#view = view
    return view
  }

  #stepOn({ tip, state, time }: Omit<View, 'step'>, pool: readonly Waiting[]): Promise<StateStep> {
    return StateStep.begin(
      state,
      pool.map(({ record }) => record),
      { height: tip.header.height + 1n, time, verified: this.#verified },
    )
  }

  /** What holds at the floor holds for ever, but for what others may still come before. */
  async #refusalForEver(record: LedgerRecord, floor: KeptBlock, refusal: string): Promise<string | null> {
    const { claims } = record
    const state = await this.#chain.stateOf(floor)
    if (claims.seq < (await state.nextSeq(claims.signer))) return 'ledger/seq'
    if (claims.kind === 'roster' && claims.roster.number <= (await state.roster()).number)
      return 'ledger/roster-number'
    if (!forEver.has(refusal)) return null
    // No later block of this chain is earlier, unless registrars set the clock back.
    const place = { tip: floor, state, time: await this.#chain.medianTimeAt(floor) }
    const step = await this.#stepOn(place, [{ record, key: '', order: 0, refusal }])
    const atFloor = refusalBy(step, record)
    return atFloor !== null && forEver.has(atFloor) ? atFloor : null
  }
}

/** What waits is judged again now and then: what expires, expires while nothing is sealed, too. */
function isFresh(view: Pick<View, 'time'>, time: bigint): boolean {
  return time >= view.time && time < view.time + mostAgeSeconds
}

function refusalBy(step: StateStep, record: LedgerRecord): string | null {
  try {
    step.add(record)
    return null
  } catch (error) {
    if (error instanceof ChartsealError) return String(error.code)
    throw error
  }
}

/** Which leaves of the state a record reads. */
function keysOf({ txid, claims }: LedgerRecord, { tree: { engine } }: LedgerState): readonly Uint8Array[] {
  const keys = [seqKey(claims.signer, engine)]
  if ('subject' in claims) keys.push(prescriptionKey(txid, engine))
  if ('prescription' in claims) keys.push(prescriptionKey(claims.prescription, engine))
  return keys
}

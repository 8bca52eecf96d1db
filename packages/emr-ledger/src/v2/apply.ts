/** Applies records and blocks to a state; the old state stays valid. docs/spec/ledger-v2.md, "Applying". */
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { type Block, naming, recordsRoot } from './block.js'
import type { Claims } from './claims.js'
import { blockError, ruleError } from './errors-state.js'
import { type ClockReset, medianTimeHeaders, medianTimePast, type ReadHeader } from './header.js'
import { LedgerState } from './ledger-state.js'
import type { LedgerRecord } from './record.js'
import { checkRoster, encodeRoster, type Roster } from './roster.js'
import { type Outcome, outcomesOf, type RuleContext } from './rules.js'
import { signersOf, verifyRecordSignatures } from './signatures.js'
import { hasSlip } from './slip-proof.js'
import {
  encodePrescriptionState,
  encodeSeq,
  type PrescriptionState,
  prescriptionKey,
  rosterKey,
  seqKey,
} from './state.js'
import type { TreeEntry } from './state-tree.js'

export interface ApplyContext {
  /** Of the block that has the records. */
  readonly height: bigint
  /** Seconds: the timestamp of that block. */
  readonly time: bigint
  /** wtxids in hexadecimal of records whose every signature was verified before; members and roles are checked anew. */
  readonly verified?: ReadonlySet<string>
}

/** What one record did to one prescription; `replace` does two things. */
export interface StateChange extends Outcome {
  /** txid of the record. */
  readonly record: Uint8Array
}

export interface Applied {
  readonly state: LedgerState
  readonly changes: readonly StateChange[]
  /** The roster from the next block on, where a record changed it. */
  readonly roster: Roster | null
}

/**
 * The state after these records, in their order.
 * @throws ChartsealError `ledger/bad-block-record`; `ledger/tree-node`, `ledger/bad-state` of the store
 */
export async function applyRecords(
  state: LedgerState,
  records: readonly LedgerRecord[],
  context: ApplyContext,
): Promise<Applied> {
  const step = await StateStep.begin(state, records, context)
  for (const [index, record] of records.entries()) naming(index, () => step.add(record))
  return step.end()
}

/**
 * Checks everything of a block but its seal, and gives the state after it.
 * @param state the state after the parent
 * @param parents headers below the block, the parent first: 11, or all where there are fewer
 * @throws ChartsealError `ledger/other-ledger`, `ledger/block-height`, `ledger/block-previous`, `ledger/block-time`,
 * `ledger/records-root`, `ledger/bad-block-record`, `ledger/state-root`; `ledger/tree-node`, `ledger/bad-state` of the
 * store
 * @throws RangeError for parents that are too few
 */
export async function applyBlock(
  state: LedgerState,
  parents: readonly ReadHeader[],
  block: Pick<Block, 'header' | 'records'>,
  { verified }: Pick<ApplyContext, 'verified'> = {},
): Promise<Applied> {
  const { header, records } = block
  checkLink(parents, header, await state.roster())
  if (!equal(recordsRoot(records, state.tree.engine), header.recordsRoot))
    throw blockError('ledger/records-root', {})
  const context = { height: header.height, time: header.timestamp }
  const applied = await applyRecords(
    state,
    records,
    verified === undefined ? context : { ...context, verified },
  )
  if (!equal(applied.state.root, header.stateRoot)) throw blockError('ledger/state-root', {})
  return applied
}

/**
 * That a header follows its parent: ledger, height, id and time.
 * @param parents headers below it, the parent first: 11, or all where there are fewer
 * @param roster the one in force
 * @throws ChartsealError `ledger/other-ledger`, `ledger/block-height`, `ledger/block-previous`, `ledger/block-time`
 * @throws RangeError for parents that are too few
 */
export function checkLink(
  parents: readonly ReadHeader[],
  header: Pick<ReadHeader, 'ledger' | 'height' | 'previous' | 'timestamp'>,
  { clock }: Pick<Roster, 'clock'>,
): void {
  const medianTime = medianTimeOf(parents, clock)
  const [parent] = parents
  if (parent === undefined || !equal(parent.ledger, header.ledger)) throw ruleError('ledger/other-ledger', {})
  const [expected, actual] = [parent.height + 1n, header.height]
  if (actual !== expected) throw blockError('ledger/block-height', { expected, actual })
  if (!equal(header.previous, parent.id)) throw blockError('ledger/block-previous', {})
  if (header.timestamp < medianTime)
    throw blockError('ledger/block-time', { medianTime, actual: header.timestamp })
}

/** @throws RangeError for parents that are too few */
function medianTimeOf(parents: readonly ReadHeader[], clock: ClockReset | undefined): bigint {
  const lowest = parents.at(-1)
  if (lowest === undefined || (parents.length < medianTimeHeaders && lowest.height > 0n))
    throw new RangeError(`parents must be the last ${medianTimeHeaders} headers, or all of them`)
  return medianTimePast(parents, clock)
}

/** Which leaves a record reads or changes. */
function keysOf({ txid, claims }: LedgerRecord, state: LedgerState): readonly Uint8Array[] {
  const { engine } = state.tree
  const keys = [seqKey(claims.signer, engine)]
  if ('subject' in claims) keys.push(prescriptionKey(txid, engine))
  if ('prescription' in claims) keys.push(prescriptionKey(claims.prescription, engine))
  if (claims.kind === 'roster') keys.push(rosterKey(engine))
  return keys
}

/** A prescription of one txid has one key for ever: what was verified once stays so. @throws ChartsealError `ledger/slip-proof` */
function requireSlip(claims: Claims, named: PrescriptionState | null): void {
  if (claims.kind !== 'dispense' || claims.proof === undefined || named?.slip === undefined) return
  if (!hasSlip(named.slip, claims, claims.proof)) throw ruleError('ledger/slip-proof', {})
}

/** Records taken one after the other: what they change lies over the state until the end. */
export class StateStep {
  readonly #before: LedgerState
  readonly #context: RuleContext
  readonly #verified: ReadonlySet<string>
  readonly #prescriptions = new Map<
    string,
    { readonly txid: Uint8Array; readonly state: PrescriptionState }
  >()
  readonly #seqs = new Map<string, { readonly kid: Uint8Array; readonly next: bigint }>()
  readonly #changes: StateChange[] = []
  #roster: Roster | null = null

  private constructor(state: LedgerState, context: RuleContext, verified: ReadonlySet<string>) {
    this.#before = state
    this.#context = context
    this.#verified = verified
  }

  /** @param records all that may be added, so that their leaves are loaded. @throws ChartsealError `ledger/tree-node`, `ledger/bad-state` */
  static async begin(
    state: LedgerState,
    records: readonly LedgerRecord[],
    { height, time, verified = new Set() }: ApplyContext,
  ): Promise<StateStep> {
    const loaded = await state.load(records.flatMap(record => keysOf(record, state)))
    const context = { roster: loaded.loadedRoster(), height, time }
    return new StateStep(loaded, context, verified)
  }

  /**
   * Takes one record more, or refuses it and stays as it was.
   * @throws ChartsealError `ledger/other-ledger`, `ledger/seq`, `ledger/second-roster`, those of
   * `verifyRecordSignatures`, `outcomesOf` and `checkRoster`
   */
  add(record: LedgerRecord): void {
    const { claims, txid } = record
    const { roster, height } = this.#context
    if (!equal(claims.ledger, this.#before.ledger)) throw ruleError('ledger/other-ledger', {})
    signersOf(record, roster, height)
    this.#requireNext(claims)
    const named = this.#named(claims)
    const outcomes = outcomesOf(txid, claims, named, this.#context)
    // What takes long comes late; the keys of thousands of members, which anybody can write down, take longest.
    if (!this.#verified.has(encodeHex(record.wtxid))) {
      verifyRecordSignatures(record, roster, height)
      requireSlip(claims, named)
    }
    if (claims.kind === 'roster') this.#requireRoster(claims.roster)
    this.#take(record, outcomes)
  }

  #take({ claims, txid }: LedgerRecord, outcomes: readonly Outcome[]): void {
    this.#seqs.set(encodeHex(claims.signer), { kid: claims.signer, next: claims.seq + 1n })
    for (const outcome of outcomes) {
      const { prescription, after } = outcome
      this.#prescriptions.set(encodeHex(prescription), { txid: prescription, state: after })
      this.#changes.push({ ...outcome, record: txid })
    }
    if (claims.kind === 'roster') this.#roster = claims.roster
  }

  #requireNext({ signer, seq }: Claims): void {
    const expected = this.#seqs.get(encodeHex(signer))?.next ?? this.#before.loadedSeq(signer)
    if (seq !== expected) throw ruleError('ledger/seq', { expected, actual: seq })
  }

  #named(claims: Claims): PrescriptionState | null {
    if (!('prescription' in claims)) return null
    const changed = this.#prescriptions.get(encodeHex(claims.prescription))
    return changed?.state ?? this.#before.loadedPrescription(claims.prescription)
  }

  #requireRoster(next: Roster): void {
    if (this.#roster !== null) throw ruleError('ledger/second-roster', {})
    checkRoster(next, this.#context.roster, this.#context.height)
  }

  /** The state with everything that was taken. */
  end(): Applied {
    const { tree, ledger } = this.#before
    const roster = this.#roster
    const after = tree.with(this.#entries())
    const state = new LedgerState(ledger, after, roster ?? this.#context.roster)
    return { state, changes: [...this.#changes], roster }
  }

  #entries(): readonly TreeEntry[] {
    const { engine } = this.#before.tree
    const entries: TreeEntry[] = []
    for (const { txid, state } of this.#prescriptions.values())
      entries.push({ key: prescriptionKey(txid, engine), value: encodePrescriptionState(state) })
    for (const { kid, next } of this.#seqs.values())
      entries.push({ key: seqKey(kid, engine), value: encodeSeq(next) })
    if (this.#roster !== null) entries.push({ key: rosterKey(engine), value: encodeRoster(this.#roster) })
    return entries
  }
}

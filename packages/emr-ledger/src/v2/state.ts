/** What the records of a ledger add up to: docs/spec/ledger-v2.md, "State". */

import { concat } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { treeError } from './errors-state.js'
import type { Roster } from './roster.js'

export type PrescriptionStatus = 'ready' | 'partly' | 'dispensed' | 'cancelled' | 'replaced'

/** One leaf of the state tree, under SHA-256 of the txid. Expiry is no status: it is judged by `validUntil`. */
export interface PrescriptionState {
  readonly status: PrescriptionStatus
  /** kid of the prescriber, 32 bytes. */
  readonly prescriber: Uint8Array
  readonly quantity: number
  readonly dispensed: number
  readonly validUntil: bigint
  /** txid of the newest change, or of the prescription. */
  readonly last: Uint8Array
  /** txid of the record that replaced it; `null` while there is none. */
  readonly replacedBy: Uint8Array | null
  /** Whose secret whoever dispenses must have, 32 bytes; absent where any dispenser may. */
  readonly slip?: Uint8Array
}

/** Reads of a state; a value. What is not in memory is loaded. */
export interface StateReader {
  /** 32 bytes. */
  readonly root: Uint8Array
  roster(): Promise<Roster>
  prescription(txid: Uint8Array): Promise<PrescriptionState | null>
  /** The number that the next record of this signer must have: 1 for one who never signed. */
  nextSeq(kid: Uint8Array): Promise<bigint>
}

/** What a prescription is at a time: its status, or `expired` where it is open and that time has come. */
export function statusAt(
  state: Pick<PrescriptionState, 'status' | 'validUntil'>,
  time: bigint,
): PrescriptionStatus | 'expired' {
  return isOpen(state.status) && time >= state.validUntil ? 'expired' : state.status
}

/** Whether anything of it may still be dispensed, but for its time. */
export function isOpen(status: PrescriptionStatus): boolean {
  return status === 'ready' || status === 'partly'
}

/** Where the state of a prescription stands: SHA-256(txid). */
export function prescriptionKey(txid: Uint8Array, engine: Engine = defaultEngine()): Uint8Array {
  return engine.sha256(txid)
}

/** Where the next number of a signer stands: SHA-256("signer" ‖ 0x00 ‖ kid). */
export function seqKey(kid: Uint8Array, engine: Engine = defaultEngine()): Uint8Array {
  return engine.sha256(concat(encodeUtf8('signer\0'), kid))
}

/** Where the roster stands: SHA-256("roster"). */
export function rosterKey(engine: Engine = defaultEngine()): Uint8Array {
  return engine.sha256(encodeUtf8('roster'))
}

const statuses: readonly PrescriptionStatus[] = ['ready', 'partly', 'dispensed', 'cancelled', 'replaced']
const fields = ['status', 'prescriber', 'quantity', 'dispensed', 'validUntil', 'last']
const hashBytes = 32
const maxUnits = 2 ** 32 - 1

/** Deterministic CBOR; `replacedBy` and `slip` are left out where there is none. */
export function encodePrescriptionState(state: PrescriptionState): Uint8Array {
  const { status, prescriber, quantity, dispensed, validUntil, last, replacedBy, slip } = state
  return encodeCbor({
    ...{ status, prescriber, quantity, dispensed, validUntil, last },
    ...(replacedBy === null ? {} : { replacedBy }),
    ...(slip === undefined ? {} : { slip }),
  })
}

/** @throws ChartsealError `ledger/bad-state` */
export function decodePrescriptionState(bytes: Uint8Array): PrescriptionState {
  return reading('prescription', () => {
    const map = new CborFields(decodeCbor(bytes), fields, ['replacedBy', 'slip'])
    const name = map.text('status')
    const status = statuses.find(known => known === name)
    const quantity = map.count('quantity', maxUnits, 1)
    const state: PrescriptionState = {
      status: status ?? 'ready',
      prescriber: map.bytes('prescriber', hashBytes),
      quantity,
      dispensed: map.count('dispensed', quantity),
      validUntil: map.integer('validUntil'),
      last: map.bytes('last', hashBytes),
      replacedBy: map.has('replacedBy') ? map.bytes('replacedBy', hashBytes) : null,
      ...(map.has('slip') ? { slip: map.bytes('slip', hashBytes) } : {}),
    }
    if (status === undefined || !isWhole(state)) throw treeError('ledger/bad-state', { leaf: 'prescription' })
    return state
  })
}

/** Whether the status is what the other fields say. */
function isWhole({ status, quantity, dispensed, replacedBy }: PrescriptionState): boolean {
  if ((status === 'replaced') !== (replacedBy !== null)) return false
  if (status === 'ready') return dispensed === 0
  if (status === 'dispensed') return dispensed === quantity
  return dispensed < quantity && (status !== 'partly' || dispensed > 0)
}

/** The next number of a signer: a CBOR integer. */
export function encodeSeq(next: bigint): Uint8Array {
  return encodeCbor(next)
}

/** @throws ChartsealError `ledger/bad-state` */
export function decodeSeq(bytes: Uint8Array): bigint {
  return reading('seq', () => {
    const value = decodeCbor(bytes)
    if ((typeof value === 'number' || typeof value === 'bigint') && value >= 1) return BigInt(value)
    throw treeError('ledger/bad-state', { leaf: 'seq' })
  })
}

/** A store of ours said it, or whoever made a proof: either way the bytes are at fault. */
export function reading<Result>(leaf: 'prescription' | 'seq' | 'roster', read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw treeError('ledger/bad-state', { leaf })
  }
}

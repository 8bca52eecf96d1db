/** What a node keeps in the notes of its index. */
import { concat, equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { recordError } from '../v2/errors-records.js'
import type { LedgerIndex } from '../v2/ports.js'
import type { SealNotes } from '../v2/seal.js'

export const noteNames = {
  /** The memory of the seal at the block below which nothing changes: its id, then the memory. */
  base: 'base',
  /** Before the names of the seal's own notes. */
  seal: 'seal/',
  /** Before the txid of each record that was acknowledged and is not final. */
  pending: 'pending/',
} as const

const idBytes = 32

export const encodeBase = (id: Uint8Array, memory: Uint8Array): Uint8Array => concat(id, memory)

/** The memory of the seal at this block, `null` where it is not the one that was kept. */
export async function readBase(index: LedgerIndex, id: Uint8Array): Promise<Uint8Array | null> {
  const note = await index.note(noteNames.base)
  return note !== null && equal(note.subarray(0, idBytes), id) ? note.slice(idBytes) : null
}

export function sealNotes(index: LedgerIndex): SealNotes {
  return {
    get: name => index.note(noteNames.seal + name),
    put: (name, value) => index.write({ notes: [{ name: noteNames.seal + name, value }] }),
  }
}

export const pendingName = (txid: Uint8Array): string => noteNames.pending + encodeHex(txid)

const orderBytes = 8

/** A record that waits, after its number in the order of acknowledgement. */
export function encodePending(order: number, record: Uint8Array): Uint8Array {
  const head = new Uint8Array(orderBytes)
  new DataView(head.buffer).setBigUint64(0, BigInt(order))
  return concat(head, record)
}

/** @throws ChartsealError `ledger/record` for what no index was given */
export function decodePending(value: Uint8Array): { readonly order: number; readonly record: Uint8Array } {
  const head = value.slice(0, orderBytes)
  const order = head.length < orderBytes ? Number.NaN : Number(new DataView(head.buffer).getBigUint64(0))
  if (!Number.isSafeInteger(order))
    throw recordError('ledger/record', { reason: 'where it waits is not said' })
  return { order, record: value.slice(orderBytes) }
}

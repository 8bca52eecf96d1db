/** Why this device gave nothing out: kept here alone, as the ledger has no word for it. */
import { CborFields } from '@chartseal/core/cbor'
import { encodeBase64Url, encodeCbor } from '@chartseal/core/encoding'
import type { SealedRows } from '../store/sealed-rows.js'

const fields = ['v', 'reason', 'at']
const refusalPrefix = 'counter-refusal/'
export const maxReasonChars = 500

export interface Refusal {
  readonly reason: string
  readonly atMs: number
}

const prefixOf = (txid: Uint8Array): string => `${refusalPrefix}${encodeBase64Url(txid)}/`
/** Names sort as numbers do. */
const timeDigits = 14

export async function keepRefusal(
  rows: Pick<SealedRows, 'write'>,
  txid: Uint8Array,
  { reason, atMs }: Refusal,
): Promise<void> {
  const name = `${prefixOf(txid)}${`${atMs}`.padStart(timeDigits, '0')}`
  await rows.write([[name, encodeCbor({ v: 1, reason, at: atMs })]])
}

/** Those of one prescription that open, the newest first. */
export async function refusalsOf(
  rows: Pick<SealedRows, 'readOnce'>,
  txid: Uint8Array,
): Promise<readonly Refusal[]> {
  const found = await rows.readOnce(prefixOf(txid), new Map(), (_, bytes) => decodeRefusal(bytes))
  return found.toReversed()
}

/** @throws ChartsealError `cbor/invalid`, `encoding/invalid` */
function decodeRefusal(bytes: Uint8Array): Refusal {
  const map = CborFields.decode(bytes, fields)
  map.count('v', 1, 1)
  return { reason: map.text('reason'), atMs: map.count('at') }
}

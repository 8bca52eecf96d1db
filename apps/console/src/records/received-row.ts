/** A record that somebody shares with this device, as it is known here. */
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'

const version = 1
const fields = ['v', 'pair', 'owner', 'name', 'at', 'seq', 'list', 'opened']
export const receivedPrefix = 'record/'
export const receivedKeyOf = (id: string): string => `${receivedPrefix}${id}`

export interface ReceivedRecord {
  /** Of the package: 22 characters. */
  readonly id: string
  readonly pairId: string
  /** The one device whose grant lists count. */
  readonly owner: string
  readonly name: string
  readonly receivedMs: number
  /** Of the newest grant list that was seen here, and its CID: an older one, or another of the same number, is refused. */
  readonly seq: number
  readonly list: string
  /** When it was opened here last; 0 before. */
  readonly openedMs: number
}

export function encodeReceivedRecord(row: ReceivedRecord): Uint8Array {
  return encodeCbor({
    v: version,
    pair: row.pairId,
    owner: row.owner,
    name: row.name,
    at: row.receivedMs,
    seq: row.seq,
    list: row.list,
    opened: row.openedMs,
  })
}

/** @throws ChartsealError `cbor/invalid` */
export function decodeReceivedRecord(key: string, bytes: Uint8Array): ReceivedRecord {
  const map = CborFields.decode(bytes, fields)
  map.count('v', version, version)
  return {
    id: key.slice(receivedPrefix.length),
    pairId: map.text('pair'),
    owner: map.text('owner'),
    name: map.text('name'),
    receivedMs: map.count('at'),
    seq: map.count('seq'),
    list: map.text('list'),
    openedMs: map.count('opened'),
  }
}

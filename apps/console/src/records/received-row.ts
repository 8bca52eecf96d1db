/** A record that somebody shares with this device, as it is known here. */
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'

const version = 1
const fields = ['v', 'pair', 'owner', 'name', 'at', 'seq', 'list', 'version', 'payload', 'opened']
export const receivedPrefix = 'record/'
export const receivedKeyOf = (ref: string): string => `${receivedPrefix}${ref}`

export interface ReceivedRecord {
  /** Of the row: who said it, and of what. */
  readonly ref: string
  /** Of the package: 22 characters. */
  readonly id: string
  readonly pairId: string
  /** The one device whose grant lists count. */
  readonly owner: string
  readonly name: string
  readonly receivedMs: number
  /** The newest grant list that was seen here: an older one is refused; `null` before the first. */
  readonly newest: NewestList | null
  /** When it was opened here last; 0 before. */
  readonly openedMs: number
}

export interface NewestList {
  readonly seq: number
  /** CID of the list. */
  readonly list: string
  readonly version: number
  readonly payload: string
}

export function encodeReceivedRecord(row: ReceivedRecord): Uint8Array {
  return encodeCbor({
    v: version,
    pair: row.pairId,
    owner: row.owner,
    name: row.name,
    at: row.receivedMs,
    seq: row.newest?.seq ?? 0,
    list: row.newest?.list ?? '',
    version: row.newest?.version ?? 0,
    payload: row.newest?.payload ?? '',
    opened: row.openedMs,
  })
}

/** @throws ChartsealError `cbor/invalid` */
export function decodeReceivedRecord(key: string, bytes: Uint8Array): ReceivedRecord {
  const map = CborFields.decode(bytes, fields)
  map.count('v', version, version)
  const newest = {
    seq: map.count('seq'),
    list: map.text('list'),
    version: map.count('version'),
    payload: map.text('payload'),
  }
  const ref = key.slice(receivedPrefix.length)
  return {
    ref,
    id: ref.split('.').at(-1) ?? '',
    pairId: map.text('pair'),
    owner: map.text('owner'),
    name: map.text('name'),
    receivedMs: map.count('at'),
    newest: newest.seq === 0 ? null : newest,
    openedMs: map.count('opened'),
  }
}

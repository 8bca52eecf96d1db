/** A record that this device shares: who reads it, its newest grant list, and what the clinic does not have yet. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { refuseNewer } from '../store/row-version.js'

const version = 1
const fields = [
  ...['v', 'name', 'type', 'size', 'labels', 'at', 'version', 'key', 'payload'],
  ...['seq', 'asked', 'stored', 'grants', 'list', 'serves', 'readers', 'drop', 'why'],
]
const readerFields = ['pair', 'kid', 'record', 'name', 'until', 'purposes', 'told']
const keyBytes = 32
const maxReaders = 1_000
const maxPurposes = 16
const maxLabels = 64
const maxTextBytes = 1_024
const maxDropped = 1_000

export const ownPrefix = 'own-record/'
export const ownKeyOf = (id: string): string => `${ownPrefix}${id}`
/** Marks a record of which the clinic, or somebody, does not have all yet. */
export const duePrefix = 'due-record/'
export const dueKeyOf = (id: string): string => `${duePrefix}${id}`
/** A block of a payload that the clinic may not have: sealed, and on disk before the first request. */
export const blocksOf = (id: string): string => `block/${id}/`
export const blockKeyOf = (id: string, cid: string): string => `${blocksOf(id)}${cid}`

export interface Reader {
  readonly pairId: string
  /** Their device when they were chosen: to nobody else is anything given. */
  readonly kid: string
  /** Their record key (`csrec1…`) then. */
  readonly record: string
  readonly name: string
  /** 0 without an end. */
  readonly untilMs: number
  /** Codes of HL7 v3 PurposeOfUse. */
  readonly purposes: readonly string[]
  /** A message to them says so. */
  readonly isTold: boolean
}

export interface OwnRecord {
  /** Of the package: 22 characters. */
  readonly id: string
  readonly name: string
  readonly mediaType: string
  readonly sizeBytes: number
  readonly labels: readonly string[]
  readonly createdMs: number
  /** Of the content key. */
  readonly version: number
  /** Opens the payload; empty once it was shredded. Secret. */
  readonly contentKey: Uint8Array
  /** CID of the payload's root. */
  readonly payload: string
  /** Of the newest grant list that was signed here, of the newest that was ever sent, and that the clinic has. */
  readonly seq: number
  readonly askedSeq: number
  readonly storedSeq: number
  readonly grants: Uint8Array
  /** CID of `grants`. */
  readonly list: string
  /** Whether the clinic gives the record to its readers. */
  readonly serves: boolean
  readonly readers: readonly Reader[]
  /** Payloads that the clinic is to delete. */
  readonly drop: readonly string[]
  /** The code with which the clinic refused the newest step; empty when it did not. */
  readonly why: string
}

/** Somebody who is paired twice with one device is one reader: the clinic takes each device once. */
export const oneOfEachDevice = (readers: readonly Reader[]): readonly Reader[] =>
  readers.filter((one, i) => readers.findIndex(({ kid }) => kid === one.kid) === i)

/** Nothing is left that the clinic, or a reader, does not have. */
export const isSettled = ({
  seq,
  storedSeq,
  readers,
  drop,
}: Pick<OwnRecord, 'seq' | 'storedSeq' | 'readers' | 'drop'>): boolean =>
  storedSeq === seq && drop.length === 0 && readers.every(({ isTold }) => isTold)

/** The caller wipes the bytes. */
export function encodeOwnRecord(row: OwnRecord): Uint8Array {
  return encodeCbor({
    v: version,
    name: row.name,
    type: row.mediaType,
    size: row.sizeBytes,
    labels: [...row.labels],
    at: row.createdMs,
    version: row.version,
    key: row.contentKey,
    payload: row.payload,
    seq: row.seq,
    asked: row.askedSeq,
    stored: row.storedSeq,
    grants: row.grants,
    list: row.list,
    serves: row.serves ? 1 : 0,
    readers: row.readers.map(encodeReader),
    drop: [...row.drop],
    why: row.why,
  })
}

const encodeReader = ({ pairId, kid, record, name, untilMs, purposes, isTold }: Reader) => ({
  pair: pairId,
  kid,
  record,
  name,
  until: untilMs,
  purposes: [...purposes],
  told: isTold ? 1 : 0,
})

/** @throws ChartsealError `cbor/invalid`, `console/newer-page` */
export function decodeOwnRecord(key: string, bytes: Uint8Array): OwnRecord {
  const map = new CborFields(refuseNewer(decodeCbor(bytes), version), fields)
  map.count('v', version, version)
  const contentKey = map.bytesWithin('key', 0, keyBytes)
  return {
    id: key.slice(ownPrefix.length),
    name: map.text('name'),
    mediaType: map.text('type'),
    sizeBytes: map.count('size'),
    labels: map.texts('labels', maxLabels, maxTextBytes),
    createdMs: map.count('at'),
    version: map.count('version'),
    contentKey,
    payload: map.text('payload'),
    seq: map.count('seq'),
    askedSeq: map.count('asked'),
    storedSeq: map.count('stored'),
    grants: map.bytes('grants'),
    list: map.text('list'),
    serves: map.count('serves', 1) === 1,
    readers: map.maps('readers', readerFields).slice(0, maxReaders).map(decodeReader),
    drop: map.texts('drop', maxDropped, maxTextBytes),
    why: map.text('why'),
  }
}

const decodeReader = (map: CborFields): Reader => ({
  pairId: map.text('pair'),
  kid: map.text('kid'),
  record: map.text('record'),
  name: map.text('name'),
  untilMs: map.count('until'),
  purposes: map.texts('purposes', maxPurposes, maxTextBytes),
  isTold: map.count('told', 1) === 1,
})

/** Blocks as deterministic CBOR; the table is docs/spec/ledger-v1.md. What can be computed is not stored. */
import { fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { ledgerError } from '../errors.js'
import type { Block } from '../v1/block.js'
import { computeTxid, hashKey, type LedgerRecord } from '../v1/record.js'

const version = 1
const difficultyBytes = 16

/** @throws RangeError for integers that a block which verifies cannot have */
export function encodeBlock(block: Block): Uint8Array {
  return encodeCbor({
    v: version,
    h: block.height,
    p: block.previous,
    m: block.miner,
    t: block.timestamp,
    d: fromBigIntBE(block.difficulty, difficultyBytes),
    n: block.nonce,
    id: block.blockId,
    r: block.records.map(recordValue),
  })
}

function recordValue(record: LedgerRecord): CborValue {
  return {
    k: record.doctorPublicKey,
    p: record.patientHash,
    t: record.prescription,
    n: record.nonce,
    s: record.signature,
  }
}

/** A block whose records have no txids yet. */
export interface UnnamedBlock extends Omit<Block, 'records'> {
  readonly records: readonly UnnamedRecord[]
}

type UnnamedRecord = Omit<LedgerRecord, 'txid'>

/** Reads the fields; what they say is `applyBlock`'s to judge. @throws ChartsealError `ledger/entry` */
export function decodeBlock(entry: Uint8Array): Block {
  const block = decodeUnnamed(entry)
  return { ...block, records: block.records.map(record => ({ ...record, txid: computeTxid(record) })) }
}

/** `decodeBlock` without hashing transactions. @throws ChartsealError `ledger/entry` */
export function decodeUnnamed(entry: Uint8Array): UnnamedBlock {
  const fields = new Fields(decoded(entry), ['v', 'h', 'p', 'm', 't', 'd', 'n', 'id', 'r'])
  if (fields.integer('v') !== BigInt(version)) throw malformed('an unknown version')
  return {
    height: fields.integer('h'),
    previous: fields.bytes('p'),
    miner: fields.bytes('m'),
    timestamp: fields.integer('t'),
    difficulty: toBigIntBE(fields.bytes('d', difficultyBytes)),
    nonce: fields.integer('n'),
    blockId: fields.bytes('id'),
    records: fields.list('r').map(readRecord),
  }
}

function readRecord(value: CborValue): UnnamedRecord {
  const fields = new Fields(value, ['k', 'p', 't', 'n', 's'])
  const doctorPublicKey = fields.bytes('k')
  return {
    doctorHash: hashKey(doctorPublicKey),
    patientHash: fields.bytes('p'),
    doctorPublicKey,
    prescription: fields.text('t'),
    nonce: fields.integer('n'),
    signature: fields.bytes('s'),
  }
}

function decoded(entry: Uint8Array): CborValue {
  try {
    return decodeCbor(entry)
  } catch {
    throw malformed('not deterministic CBOR')
  }
}

/** A map with exactly these keys. */
class Fields {
  readonly #values: ReadonlyMap<string, CborValue>

  constructor(value: CborValue, keys: readonly string[]) {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    this.#values = new Map(isMap ? Object.entries(value) : [])
    const known = keys.length === this.#values.size && keys.every(key => this.#values.has(key))
    if (!known) throw malformed('other fields than the format has')
  }

  integer(key: string): bigint {
    const value = this.#values.get(key)
    if ((typeof value === 'number' || typeof value === 'bigint') && value >= 0) return BigInt(value)
    throw malformed(`${key} is not a non-negative integer`)
  }

  bytes(key: string, sizeBytes?: number): Uint8Array {
    const value = this.#values.get(key)
    const sized = value instanceof Uint8Array && (sizeBytes === undefined || value.length === sizeBytes)
    if (!sized) throw malformed(`${key} is not a byte string of its length`)
    return value
  }

  text(key: string): string {
    const value = this.#values.get(key)
    if (typeof value !== 'string') throw malformed(`${key} is not a text`)
    return value
  }

  list(key: string): readonly CborValue[] {
    const value = this.#values.get(key)
    if (!Array.isArray(value)) throw malformed(`${key} is not a list`)
    return value
  }
}

function malformed(reason: string): Error {
  return ledgerError('ledger/entry', { reason })
}

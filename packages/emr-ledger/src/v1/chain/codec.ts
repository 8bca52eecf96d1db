/** Blocks as deterministic CBOR; the table is docs/spec/ledger-v1.md. What can be computed is not stored. */
import { fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { type CborValue, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { ledgerError } from '../../errors.js'
import type { Block } from '../block.js'
import { blockToJson } from '../block-json.js'
import { requireBlock } from '../fields.js'
import { computeTxid, hashKey, type LedgerRecord } from '../record.js'

const version = 1
const difficultyBytes = 16

/** The bytes that are stored for a block, and the block that they will be read as. */
export interface BlockEntry {
  readonly entry: Uint8Array
  /** Equal to the block that was encoded, and owned by the caller. */
  readonly block: Block
}

/**
 * Encodes a block, and reads it back: what is stored can be read.
 * @throws ChartsealError `ledger/entry` where it would be read as another block, or not at all
 * @throws TypeError for a field of another type, RangeError for integers that a block which verifies cannot have
 */
export function encodeBlock(block: Block): Uint8Array {
  return entryOf(block).entry
}

/** As `encodeBlock`, with what was read back. */
export function entryOf(block: Block): BlockEntry {
  requireBlock(block)
  const entry = encodeCbor({
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
  const read = decodeBlock(entry)
  if (JSON.stringify(blockToJson(read)) !== JSON.stringify(blockToJson(block))) {
    throw ledgerError('ledger/entry', { reason: 'It would be read as another block.' })
  }
  return { entry, block: read }
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
  try {
    return readBlock(CborFields.decode(entry, ['v', 'h', 'p', 'm', 't', 'd', 'n', 'id', 'r']))
  } catch (error) {
    throw error instanceof ChartsealError ? malformed(error) : error
  }
}

function readBlock(fields: CborFields): UnnamedBlock {
  fields.count('v', version, version)
  return {
    height: fields.integer('h'),
    previous: fields.bytes('p'),
    miner: fields.bytes('m'),
    timestamp: fields.integer('t'),
    difficulty: toBigIntBE(fields.bytes('d', difficultyBytes)),
    nonce: fields.integer('n'),
    blockId: fields.bytes('id'),
    records: fields.maps('r', ['k', 'p', 't', 'n', 's']).map(readRecord),
  }
}

function readRecord(fields: CborFields): UnnamedRecord {
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

function malformed({ message }: ChartsealError): Error {
  return ledgerError('ledger/entry', { reason: message })
}

/** What TypeScript refuses, refused at run time as well: the caller's mistake, with the name of the field. */
import { requireBigint, requireBytes, requireList, requireText } from '@chartseal/core/arguments'
import type { Block, BlockDraft, HashedHeader } from './block.js'
import type { LedgerRecord, Statement } from './record.js'

/** @throws TypeError */
export function requireStatement({ patientHash, prescription, nonce }: Statement): void {
  requireBytes('patientHash', patientHash)
  requireText('prescription', prescription)
  requireBigint('nonce', nonce)
}

/** @throws TypeError */
export function requireUnnamedRecord(record: Omit<LedgerRecord, 'txid'>): void {
  requireBytes('doctorHash', record.doctorHash)
  requireBytes('doctorPublicKey', record.doctorPublicKey)
  requireBytes('signature', record.signature)
  requireStatement(record)
}

/** @throws TypeError */
export function requireRecord(record: LedgerRecord): void {
  requireUnnamedRecord(record)
  requireBytes('txid', record.txid)
}

/** @throws TypeError */
export function requireHeader({ previous, miner, txids, timestamp, difficulty }: HashedHeader): void {
  requireBytes('previous', previous)
  requireBytes('miner', miner)
  requireList('txids', txids)
  for (const txid of txids) requireBytes('txid', txid)
  requireBigint('timestamp', timestamp)
  requireBigint('difficulty', difficulty)
}

/** @throws TypeError */
export function requireDraft({ previous, miner, height, records, timestamp, difficulty }: BlockDraft): void {
  requireList('records', records)
  for (const record of records) requireRecord(record)
  requireHeader({ previous, miner, txids: [], timestamp, difficulty })
  requireBigint('height', height)
}

/** @throws TypeError */
export function requireBlock(block: Block): void {
  requireDraft(block)
  requireBigint('nonce', block.nonce)
  requireBytes('blockId', block.blockId)
}

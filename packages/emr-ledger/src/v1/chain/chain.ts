/** A chain of blocks in an append-only log, verified from its first block on. */

import { requireBytes, requireNatural } from '@chartseal/core/arguments'
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import type { AppendLog } from '@chartseal/core/ports'
import { ledgerError } from '../../errors.js'
import type { Block, BlockDraft } from '../block.js'
import { requireBlock } from '../fields.js'
import { checkHashLength, type LedgerRecord } from '../record.js'
import { type LedgerState, nonceChanges, type VerifyOptions } from '../verify-block.js'
import { type HashedBlock, type ReadEntry, readEntries } from './batch.js'
import { decodeBlock, entryOf } from './codec.js'
import { type ChainTip, nextLink, verifyLink } from './link.js'

/** Blocks of a chain are strict; `recordProfile: 'seed'` admits the records of an archive. */
export interface ChainOptions extends Pick<VerifyOptions, 'recordProfile' | 'expectedDifficulty'> {
  /** What hashes the blocks that the log holds; default: `defaultEngine()`. */
  readonly engine?: Engine
}

/** What reading asks of a log: an `AppendLog`, or a file that is open for reading only. */
export type LogReader = Pick<AppendLog, 'read' | 'close'>

/** A chain as it can be used without writing. */
export type ChainReader = Omit<Chain, 'append' | 'admit'>

/** A record, and where it is on the chain. */
export interface PlacedRecord {
  /** Of its block. */
  readonly height: bigint
  /** In its block, from 0. */
  readonly index: number
  readonly record: LedgerRecord
}

/** The kind that names this format in the head of a log file. */
export const chainLogKind = 'emr-ledger/v1'

/**
 * Reads and verifies the whole chain. The chain owns the log from now on; one chain per log.
 * @throws ChartsealError `ledger/chain` at the first block that is refused, and what the log gives
 */
export async function openChain(log: AppendLog, options: ChainOptions = {}): Promise<Chain> {
  const chain = new Chain(log, options)
  const engine = options.engine ?? defaultEngine()
  for await (const entries of batches(log.read())) chain.admit(readEntries(entries, engine))
  return chain
}

/** As `openChain`, of a log that is read and never written. */
export function readChain(log: LogReader, options: ChainOptions = {}): Promise<ChainReader> {
  const refuse = async (): Promise<never> => {
    throw new TypeError('this chain is open for reading only')
  }
  return openChain(
    { length: 0, append: refuse, appendAll: refuse, read: from => log.read(from), close: () => log.close() },
    options,
  )
}

const mostEntries = 256
const mostBytes = 2 ** 20

/** Groups of at most 256 entries, fewer when they are large. */
async function* batches(entries: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array[]> {
  let batch: Uint8Array[] = []
  let sizeBytes = 0
  for await (const entry of entries) {
    batch.push(entry)
    sizeBytes += entry.length
    if (batch.length < mostEntries && sizeBytes < mostBytes) continue
    yield batch
    batch = []
    sizeBytes = 0
  }
  if (batch.length > 0) yield batch
}

export class Chain {
  readonly #log: AppendLog
  readonly #options: ChainOptions
  readonly #nonces = new Map<string, bigint>()
  #tip: ChainTip | null = null
  #last: Promise<unknown> = Promise.resolve()

  /** @internal use `openChain` */
  constructor(log: AppendLog, options: ChainOptions) {
    this.#log = log
    this.#options = options
  }

  /** The last block, or `null` when there is none; a fresh copy. */
  get tip(): ChainTip | null {
    return this.#tip === null ? null : { ...this.#tip, blockId: Uint8Array.from(this.#tip.blockId) }
  }

  /** How many blocks there are: one more than the height of the last one. */
  get length(): bigint {
    return nextLink(this.#tip).height
  }

  /** The doctor's last nonce, 0 for a doctor who is not on the chain. */
  nonceOf(doctorHash: Uint8Array): bigint {
    requireBytes('doctorHash', doctorHash)
    return this.#nonces.get(encodeHex(doctorHash)) ?? 0n
  }

  /** A copy of the nonces of all doctors. */
  get state(): LedgerState {
    return new Map(this.#nonces)
  }

  /** The block to mine next: height and previous id are filled in. */
  draft(content: Omit<BlockDraft, 'height' | 'previous'>): BlockDraft {
    return { ...content, ...nextLink(this.#tip) }
  }

  /**
   * Verifies the block against the tip, reads back the bytes that are stored for it, and resolves once they
   * are durable. Calls are taken one by one.
   * @throws ChartsealError `ledger/chain`, and what the log gives; the chain stays as it was
   */
  append(block: Block): Promise<void> {
    const appended = this.#last.then(async () => {
      requireBlock(block)
      const changes = this.#verify({ block, computedId: null })
      const stored = this.#refusing(() => entryOf(block))
      await this.#log.append(stored.entry)
      this.#advance(stored.block, changes)
    })
    this.#last = appended.catch(() => {})
    return appended
  }

  /** The blocks from this height on. @throws TypeError or RangeError unless it is a bigint from 0 */
  async *blocks(fromHeight = 0n): AsyncIterable<Block> {
    requireNatural('fromHeight', fromHeight)
    if (fromHeight >= this.length) return
    for await (const entry of this.#log.read(Number(fromHeight))) yield decodeBlock(entry)
  }

  /**
   * Every record for this patient, in the order of the chain. A hash shows records alone that were made for
   * it: nothing in this format ties two keys of one patient together.
   * @throws ChartsealError `ledger/hash-length`
   */
  async *recordsOf(patientHash: Uint8Array): AsyncIterable<PlacedRecord> {
    requireBytes('patientHash', patientHash)
    checkHashLength('patient hash', patientHash)
    const wanted = Uint8Array.from(patientHash)
    for await (const { height, records } of this.blocks()) {
      for (const [index, record] of records.entries()) {
        if (equal(record.patientHash, wanted)) yield { height, index, record }
      }
    }
  }

  /** Waits for what was appended, and closes the log. */
  async close(): Promise<void> {
    await this.#last
    await this.#log.close()
  }

  /** @internal what the log already holds */
  admit(entries: readonly ReadEntry[]): void {
    for (const entry of entries) {
      if (entry instanceof ChartsealError) throw this.#refusal(entry)
      this.#advance(entry.block, this.#verify(entry))
    }
  }

  #verify({ block, computedId }: HashedBlock): LedgerState {
    return this.#refusing(() => {
      verifyLink(this.#tip, block)
      return nonceChanges(this.#nonces, block, { ...this.#options, profile: 'strict' }, computedId)
    })
  }

  #refusing<Result>(check: () => Result): Result {
    try {
      return check()
    } catch (error) {
      throw error instanceof ChartsealError ? this.#refusal(error) : error
    }
  }

  #advance(block: Block, changes: LedgerState): void {
    for (const [doctor, nonce] of changes) this.#nonces.set(doctor, nonce)
    this.#tip = { height: block.height, blockId: Uint8Array.from(block.blockId) }
  }

  /** Adds the height to whatever a block is refused with. */
  #refusal({ code, message }: ChartsealError): Error {
    const { height } = nextLink(this.#tip)
    return ledgerError('ledger/chain', { height, cause: code, reason: message })
  }
}

/** What a patient is handed: proof that a leaf is in the log, checkable without the log and for ever. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import type { TileSource } from '@chartseal/tlog'
import {
  formatProof,
  inclusionProof,
  parseProof,
  plainText,
  readLeaves,
  type Trust,
  type VerifiedCheckpoint,
  verifyCheckpoint,
  verifyError,
  verifyProof,
} from '@chartseal/tlog'
import { entryError } from './errors.js'
import { readLeafHead } from './leaf-head.js'

export interface ReceiptOptions extends Trust {
  readonly engine?: Engine
}

/** A leaf that was proven to be in the log. */
export interface Receipt {
  readonly index: number
  /** Its body is sealed: whoever has the key of its patient opens it. */
  readonly leaf: Uint8Array
  readonly checkpoint: VerifiedCheckpoint
}

/**
 * The receipt of leaf `index`: a C2SP tlog-proof text with the leaf in its extra line, under the checkpoint of the
 * source. Everything in it was checked.
 * @throws ChartsealError `verify/no-checkpoint`, what `verifyCheckpoint`, `inclusionProof` and `readLeaves` throw
 * @throws RangeError unless the checkpoint covers the index
 */
export async function receipt(source: TileSource, index: number, options: ReceiptOptions): Promise<string> {
  const { engine = defaultEngine() } = options
  const bytes = await source.read('checkpoint')
  if (bytes === null) throw verifyError('verify/no-checkpoint', {})
  const checkpoint = decodeUtf8(bytes)
  const head = verifyCheckpoint(checkpoint, options)
  if (index >= head.size) throw new RangeError(`the log has ${head.size} entries: there is no entry ${index}`)
  const hashes = await inclusionProof(source, index, head, { engine })
  for await (const extra of readLeaves(source, index, index + 1, head, { engine })) {
    return formatProof({ extra, index, hashes, checkpoint })
  }
  throw new Error('internal: a range of one leaf gave none')
}

/**
 * Checks a receipt without the log: the signatures, the proof, and that the leaf carries its index.
 * @throws ChartsealError `audit/bad-receipt`, what `parseProof` and `verifyProof` throw
 */
export function openReceipt(text: string, options: ReceiptOptions): Receipt {
  const proof = parseProof(plainText(text))
  const { extra: leaf, index } = proof
  if (leaf === undefined) throw bad('it holds no leaf')
  // The extra line is not authenticated until it is hashed.
  const checkpoint = verifyProof(proof, leaf, options, options.engine)
  if (readLeafHead(leaf)?.seq !== index) throw bad('the leaf does not carry its index')
  return { index, leaf, checkpoint }
}

const bad = (reason: string): Error => entryError('audit/bad-receipt', { reason })

import { equal } from '@chartseal/core/bytes'
import { parseProof, plainText, type VerifiedCheckpoint, verifyProof } from '@chartseal/tlog'
import { entryError } from '../errors.js'
import type { ReceiptOptions } from '../receipt.js'
import { type AccessEntry, accessCommitment, decodeAccessEntry } from './entry.js'
import { type ClinicLeaf, decodeClinicLeaf } from './leaf.js'

/** A leaf of a clinic's log that was proven to be in it. */
export interface ClinicReceipt {
  readonly index: number
  readonly leaf: ClinicLeaf
  readonly checkpoint: VerifiedCheckpoint
}

/**
 * Checks a receipt without the log: the signatures, the proof, and that the leaf is one of a clinic's log at its index.
 * @throws ChartsealError `audit/bad-receipt`, what `parseProof` and `verifyProof` throw
 */
export function openClinicReceipt(text: string, options: ReceiptOptions): ClinicReceipt {
  const proof = parseProof(plainText(text))
  const { extra, index } = proof
  if (extra === undefined) throw bad('it holds no leaf')
  const checkpoint = verifyProof(proof, extra, options, options.engine)
  return { index, leaf: leafAt(extra, index), checkpoint }
}

function leafAt(bytes: Uint8Array, index: number): ClinicLeaf {
  try {
    return decodeClinicLeaf(bytes, index)
  } catch {
    throw bad('the leaf is not one of a clinic for this index')
  }
}

/**
 * What the server did, proven: the receipt holds the commitment of this entry under this salt.
 * @throws ChartsealError `audit/bad-leaf`, and as {@link openClinicReceipt}
 */
export function openAccessEntry(
  {
    receipt,
    salt,
    entry,
  }: { readonly receipt: string; readonly salt: Uint8Array; readonly entry: Uint8Array },
  options: ReceiptOptions,
): ClinicReceipt & { readonly entry: AccessEntry } {
  const proven = openClinicReceipt(receipt, options)
  if (!('sum' in proven.leaf) || !equal(proven.leaf.sum, accessCommitment(salt, entry, options.engine)))
    throw bad('it is the receipt of another entry')
  return { ...proven, entry: decodeAccessEntry(entry) }
}

const bad = (reason: string): Error => entryError('audit/bad-receipt', { reason })

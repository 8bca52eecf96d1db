/** Hashes as lines of proofs, requests and evidence. */
import { decodeBase64 } from '@chartseal/core/encoding'
import { tlogError } from './errors.js'

const hashBytes = 32
/** A tree of 2^63 leaves needs no more. */
export const maxHashLines = 63

/** 32 bytes from their base64. @throws ChartsealError `tlog/bad-proof` */
export function parseHashLine(line: string): Uint8Array {
  try {
    const hash = decodeBase64(line)
    if (hash.length === hashBytes) return hash
  } catch {
    // One answer for both.
  }
  throw badProof('a line is not the base64 of 32 bytes')
}

export function badProof(reason: string): Error {
  return tlogError('tlog/bad-proof', { reason })
}

import { concat, equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { Engine } from '@chartseal/core/engine'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { shamirError } from './errors.js'
import { maxSecretBytes, requireSize, requireThreshold } from './limits.js'
import { type Drawing, type Share, writeSecret, writeShares } from './polynomial.js'

const label = encodeUtf8('chartseal/share-digest/v2')
const saltBytes = 16
const digestBytes = 16

/** What is shared behind the secret: r and the digest. */
export const tailBytes: number = saltBytes + digestBytes

export interface Dealing extends Drawing {
  readonly numShares: number
}

/** Shares of secret ‖ r ‖ digest. Inside the polynomial the digest does not help to guess a weak secret. */
export function splitBody(secret: Uint8Array, dealing: Dealing): readonly Share[] {
  requireThreshold(dealing.threshold, dealing.numShares, 2)
  requireSize(secret)
  const r = dealing.random.bytes(saltBytes)
  const tail = concat(r, digestOf(secret, r))
  try {
    return splitParts(secret, tail, dealing)
  } finally {
    r.fill(0)
    tail.fill(0)
  }
}

/** Shares of zeros, `sizeBytes` long: added to shares they leave the secret as it is. */
export function splitZero(sizeBytes: number, dealing: Dealing): readonly Share[] {
  requireThreshold(dealing.threshold, dealing.numShares, 2)
  const maxBytes = maxSecretBytes + tailBytes
  if (sizeBytes <= tailBytes || sizeBytes > maxBytes)
    throw shamirError('shamir/bad-size', { sizeBytes, maxBytes })
  return splitParts(new Uint8Array(sizeBytes - tailBytes), new Uint8Array(tailBytes), dealing)
}

/** `null` when the shares are not on one polynomial or the digest is wrong. The caller wipes the secret. */
export function combineBody(shares: readonly Share[], threshold: number, engine: Engine): Uint8Array | null {
  const secret = valueBetween(shares, threshold, 0, -tailBytes, engine)
  const tail = valueBetween(shares, threshold, -tailBytes, undefined, engine)
  const sound =
    secret !== null &&
    tail !== null &&
    equal(digestOf(secret, tail.subarray(0, saltBytes)), tail.subarray(saltBytes))
  tail?.fill(0)
  if (sound) return secret
  secret?.fill(0)
  return null
}

/** The shared value from one byte to another. */
function valueBetween(
  shares: readonly Share[],
  threshold: number,
  from: number,
  to: number | undefined,
  engine: Engine,
): Uint8Array | null {
  const parts = shares.map(({ x, y }) => ({ x, y: y.subarray(from, to) }))
  const value = new Uint8Array(parts[0]?.y.length ?? 0)
  return writeSecret(parts, threshold, value, engine).length === 0 ? value : null
}

/** In two runs, as joining secret and tail would copy a secret of up to 64 MiB. */
function splitParts(head: Uint8Array, tail: Uint8Array, dealing: Dealing): readonly Share[] {
  const indexes = Array.from({ length: dealing.numShares }, (_, i) => i + 1)
  const shares = indexes.map(x => ({ x, y: new Uint8Array(head.length + tail.length) }))
  const parts = (from: number, to?: number): readonly Share[] =>
    shares.map(({ x, y }) => ({ x, y: y.subarray(from, to) }))
  writeShares(head, parts(0, head.length), dealing)
  writeShares(tail, parts(head.length), dealing)
  return shares
}

function digestOf(secret: Uint8Array, r: Uint8Array): Uint8Array {
  return hmac.create(sha256, r).update(label).update(secret).digest().subarray(0, digestBytes)
}

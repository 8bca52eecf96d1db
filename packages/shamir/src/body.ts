import { concat, equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { Engine } from '@chartseal/core/engine'
import type { Random } from '@chartseal/core/ports'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { shamirError } from './errors.js'
import { maxSecretBytes, requireSize, requireThreshold } from './v1/share.js'
import { combine, type Share, split } from './v1.js'

const label = encodeUtf8('chartseal/share-digest/v2')
const saltBytes = 16
const digestBytes = 16

/** What is shared behind the secret: r and the digest. */
export const tailBytes: number = saltBytes + digestBytes

export interface Dealing {
  readonly threshold: number
  readonly numShares: number
  readonly random: Random
  readonly engine: Engine
}

/** Shares of secret ‖ r ‖ digest. Inside the polynomial the digest helps nobody to guess a weak secret. */
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
  if (sizeBytes <= tailBytes)
    throw shamirError('shamir/bad-size', { sizeBytes, maxBytes: maxSecretBytes + tailBytes })
  return splitParts(new Uint8Array(sizeBytes - tailBytes), new Uint8Array(tailBytes), dealing)
}

/** `null` when the digest is wrong. The caller wipes the secret. @throws ChartsealError `shamir/…` */
export function combineBody(shares: readonly Share[], threshold: number, engine: Engine): Uint8Array | null {
  const part = (from: number, to?: number): Uint8Array =>
    combine(
      shares.map(({ x, y }) => ({ x, y: y.subarray(from, to) })),
      { threshold, engine },
    )
  const secret = part(0, -tailBytes)
  const tail = part(-tailBytes)
  const sound = equal(digestOf(secret, tail.subarray(0, saltBytes)), tail.subarray(saltBytes))
  tail.fill(0)
  if (sound) return secret
  secret.fill(0)
  return null
}

/** In two runs, since `split` takes 64 MiB at most and the tail comes on top. */
function splitParts(head: Uint8Array, tail: Uint8Array, dealing: Dealing): readonly Share[] {
  const ys = Array.from({ length: dealing.numShares }, () => new Uint8Array(head.length + tail.length))
  split(head, { ...dealing, outputs: ys.map(y => y.subarray(0, head.length)) })
  split(tail, { ...dealing, outputs: ys.map(y => y.subarray(head.length)) })
  return ys.map((y, i) => ({ x: i + 1, y }))
}

function digestOf(secret: Uint8Array, r: Uint8Array): Uint8Array {
  return hmac.create(sha256, r).update(label).update(secret).digest().subarray(0, digestBytes)
}

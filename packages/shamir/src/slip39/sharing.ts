import { concat, equal } from '@chartseal/core/bytes'
import type { Engine } from '@chartseal/core/engine'
import type { Random } from '@chartseal/core/ports'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type Share, writeValueAt } from '../polynomial.js'
import { slip39Error } from './errors.js'

// Here x counts from 0: the secret is the value at 255 and its digest that at 254.
const secretAt = 255
const digestAt = 254
const digestBytes = 4

/** SLIP-0039 "Sharing a secret": with a threshold of 1 every share is the secret. */
export function splitPoints(
  secret: Uint8Array,
  threshold: number,
  count: number,
  random: Random,
  engine: Engine,
): readonly Share[] {
  const xs = Array.from({ length: count }, (_, x) => x)
  if (threshold === 1) return xs.map(x => ({ x, y: Uint8Array.from(secret) }))
  const salt = random.bytes(secret.length - digestBytes)
  const drawn = xs.slice(0, threshold - 2).map(x => ({ x, y: random.bytes(secret.length) }))
  const fixed = [
    { x: digestAt, y: concat(digestOf(secret, salt), salt) },
    { x: secretAt, y: secret },
  ]
  const made = xs.slice(threshold - 2).map(x => ({ x, y: valueAt(x, [...drawn, ...fixed], engine) }))
  return [...drawn, ...made]
}

/** SLIP-0039 "Recovering the secret". @throws ChartsealError `slip39/bad-digest` */
export function combinePoints(points: readonly Share[], engine: Engine): Uint8Array {
  const [only] = points
  if (points.length === 1 && only !== undefined) return Uint8Array.from(only.y)
  const secret = valueAt(secretAt, points, engine)
  const share = valueAt(digestAt, points, engine)
  if (!equal(digestOf(secret, share.subarray(digestBytes)), share.subarray(0, digestBytes)))
    throw slip39Error('slip39/bad-digest', {})
  return secret
}

function digestOf(secret: Uint8Array, salt: Uint8Array): Uint8Array {
  return hmac(sha256, salt, secret).subarray(0, digestBytes)
}

function valueAt(x: number, points: readonly Share[], engine: Engine): Uint8Array {
  const value = new Uint8Array(points[0]?.y.length ?? 0)
  writeValueAt(x, points, value, engine)
  return value
}

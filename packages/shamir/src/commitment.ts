import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { Engine } from '@chartseal/core/engine'
import type { SecretBytes } from '@chartseal/core/keys'
import { expand } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

const leafLabel = encodeUtf8('chartseal/share/v2')
const commitmentLabel = encodeUtf8('chartseal/share-y/v2')
const drillLabel = encodeUtf8('chartseal/share-drill/v2')

/** The secret half of a share, and where it is in its set. */
export interface Position {
  readonly setId: Uint8Array
  readonly threshold: number
  readonly numShares: number
  readonly x: number
  readonly y: SecretBytes
  readonly salt: SecretBytes
}

/** What a leaf holds of a share: all but its value. */
export interface LeafParts {
  readonly setId: Uint8Array
  readonly threshold: number
  readonly numShares: number
  readonly x: number
  readonly sizeBytes: number
  readonly commitment: Uint8Array
  readonly drillKey: Uint8Array
}

/** The public half of a share. */
export function leafPartsOf(share: Position, engine: Engine): LeafParts {
  const { setId, threshold, numShares, x } = share
  const y = share.y.reveal()
  const hash = engine.createSha256().update(commitmentLabel).update(share.salt.reveal())
  const commitment = hash.update(y).digest()
  using key = drillKeyOf(share)
  return { setId, threshold, numShares, x, sizeBytes: y.length, commitment, drillKey: verifyingKeyOf(key) }
}

/** Whether each part has its size: moved borders would give the same leaf another meaning. */
export function isWellFormed(parts: LeafParts): boolean {
  const { setId, threshold, numShares, x, sizeBytes, commitment, drillKey } = parts
  const small = [threshold, numShares, x].every(value => Number.isInteger(value) && value > 0 && value < 256)
  const size = Number.isInteger(sizeBytes) && sizeBytes >= 0 && sizeBytes < 2 ** 32
  return small && size && setId.length === 16 && commitment.length === 32 && drillKey.length === 32
}

/** The data of a leaf; its hash is RFC 6962's. */
export function leafData(parts: LeafParts): Uint8Array {
  const { setId, threshold, numShares, x, sizeBytes, commitment, drillKey } = parts
  const numbers = Uint8Array.of(threshold, numShares, x)
  return concat(leafLabel, setId, numbers, fromBigIntBE(BigInt(sizeBytes), 4), commitment, drillKey)
}

/** The key that only who has y and salt can make. The caller wipes it. */
export function drillKeyOf({ setId, x, y, salt }: Position): SigningKey {
  // HKDF-Extract with the empty salt, over salt ‖ y without a copy of both (RFC 5869 2.2).
  const prk = hmac.create(sha256, new Uint8Array(32)).update(salt.reveal()).update(y.reveal()).digest()
  const seed = expand(sha256, prk, concat(drillLabel, setId, Uint8Array.of(x)), 32)
  try {
    return new SigningKey(seed)
  } finally {
    prk.fill(0)
    seed.fill(0)
  }
}

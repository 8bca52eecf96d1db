import { SecretBytes } from '@chartseal/core/keys'
import { tailBytes } from './body.js'
import { shamirError } from './errors.js'
import { maxSecretBytes, requireThreshold } from './limits.js'

/** What all shares of one split have in common. Public. */
export interface ShareSet {
  /** 16 bytes. */
  readonly setId: Uint8Array
  readonly threshold: number
  readonly numShares: number
  /** The RFC 6962 root over the commitments to all shares, 32 bytes. */
  readonly root: Uint8Array
}

/** One custodian's share with all that checks it. `y` and `salt` are secret, the rest is not. */
export interface ShareEnvelope extends ShareSet {
  /** 1 to `numShares`. */
  readonly x: number
  /** 32 bytes longer than the secret. */
  readonly y: SecretBytes
  /** 16 bytes. */
  readonly salt: SecretBytes
  /** The inclusion proof of leaf x - 1. */
  readonly path: readonly Uint8Array[]
  /** Milliseconds since 1970; informative, nothing protects it. */
  readonly createdMs: number
  /** At most 64 bytes of UTF-8; informative, nothing protects it. */
  readonly label: string
}

export const setIdBytes = 16
export const saltBytes = 16
export const hashBytes = 32
export const maxPathLength = 8
export const maxLabelBytes = 64
export const minShareBytes: number = tailBytes + 1
export const maxShareBytes: number = maxSecretBytes + tailBytes

/**
 * Refuses an envelope whose public numbers cannot be; a caller may have made it by hand.
 * @throws ChartsealError `shamir/bad-threshold`, `shamir/bad-index`, `shamir/bad-size`, `shamir/invalid-share`
 */
export function requireShape({ setId, threshold, numShares, x, y, salt, root }: ShareEnvelope): void {
  requireThreshold(threshold, numShares, 2)
  if (!Number.isInteger(x) || x < 1 || x > numShares) throw shamirError('shamir/bad-index', { index: x })
  const sizeBytes = y.reveal().length
  if (sizeBytes < minShareBytes || sizeBytes > maxShareBytes)
    throw shamirError('shamir/bad-size', { sizeBytes, maxBytes: maxShareBytes })
  const sizes = [setId.length, salt.reveal().length, root.length]
  if (sizes.join() !== [setIdBytes, saltBytes, hashBytes].join())
    throw shamirError('shamir/invalid-share', { reason: 'the set id, the salt or the root has another size' })
}

/** Overwrites the secret half of shares that are no longer needed. */
export function wipeShares(shares: readonly { readonly y: SecretBytes; readonly salt: SecretBytes }[]): void {
  for (const { y, salt } of shares) for (const secret of [y, salt]) secret.wipe()
}

/** Takes over `bytes` and wipes them. */
export function secretOf(bytes: Uint8Array): SecretBytes {
  try {
    return new SecretBytes(bytes)
  } finally {
    bytes.fill(0)
  }
}

import { tailBytes } from './body.js'
import { shamirError } from './errors.js'
import { shareError } from './share-errors.js'
import { maxSecretBytes, maxShares } from './v1/share.js'

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
  readonly y: Uint8Array
  /** 16 bytes. */
  readonly salt: Uint8Array
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
export function requireShape(share: ShareEnvelope): void {
  const { threshold, numShares, x, y } = share
  const whole = [threshold, numShares].every(Number.isInteger)
  if (!whole || threshold < 2 || numShares < threshold || numShares > maxShares)
    throw shamirError('shamir/bad-threshold', { threshold, numShares })
  if (!Number.isInteger(x) || x < 1 || x > numShares) throw shamirError('shamir/bad-index', { index: x })
  if (y.length < minShareBytes || y.length > maxShareBytes)
    throw shamirError('shamir/bad-size', { sizeBytes: y.length, maxBytes: maxShareBytes })
  const sizes = share.setId.length === setIdBytes && share.salt.length === saltBytes
  if (!sizes || share.root.length !== hashBytes) throw shareError('shamir/invalid-share', { reason: 'sizes' })
}

import { shamirError } from './errors.js'
import type { Share } from './polynomial.js'

/**
 * A share as Vault writes its unseal keys: y, and x in the last byte; combine with v1's `combine`.
 * @throws ChartsealError `shamir/bad-layout`, `shamir/bad-index`
 */
export function fromVault(bytes: Uint8Array): Share {
  if (bytes.length < 2) throw shamirError('shamir/bad-layout', { reason: 'at least 2 bytes are needed' })
  const x = bytes.at(-1) ?? 0
  if (x === 0) throw shamirError('shamir/bad-index', { index: x })
  return { x, y: bytes.slice(0, -1) }
}

/**
 * A share of privy's shamir-secret-sharing, which has Vault's layout and field.
 * @throws ChartsealError `shamir/bad-layout`, `shamir/bad-index`
 */
export function fromPrivy(bytes: Uint8Array): Share {
  return fromVault(bytes)
}

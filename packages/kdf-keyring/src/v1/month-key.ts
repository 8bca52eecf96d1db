import { encodeUtf8 } from '@chartseal/core/encoding'
import type { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type DeriveOptions, derive, refuseWeakSecret } from './derive.js'
import type { Month } from './month.js'

const saltBytes = 16

/**
 * The salt of a month: the first 16 bytes of HMAC-SHA256(secret, month).
 *
 * Weak by design: it is made from the secret alone, so whoever sees it tests guesses of the secret with
 * one HMAC each instead of a whole PBKDF2. Keep it secret.
 * @throws ChartsealError `keyring/weak-parameters` for an empty secret, `key/wiped`
 */
export function monthSalt(secret: SecretBytes, month: Month): Uint8Array {
  refuseWeakSecret(secret)
  return legacyMonthSalt(secret, month)
}

/** What `monthSalt` computes, for any secret and any text in the place of the month. */
export function legacyMonthSalt(secret: SecretBytes, month: string): Uint8Array {
  return hmac(sha256, secret.reveal(), encodeUtf8(month)).slice(0, saltBytes)
}

/**
 * The key of a month. The same secret always gives the same key, whatever was destroyed.
 * @throws ChartsealError `keyring/weak-parameters`, `key/wiped`
 */
export async function monthKey(
  secret: SecretBytes,
  month: Month,
  options: DeriveOptions = {},
): Promise<AeadKey> {
  return derive(secret, monthSalt(secret, month), options)
}

import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import { platform } from '#platform'
import { keyringError } from '../errors.js'

/** What the seed's code uses. */
export const defaultIterations = 600_000
/** What the seed's abstract says; fewer are refused. */
export const minIterations = 100_000
// What OpenSSL takes.
const maxIterations = 2 ** 31 - 1

export interface DeriveOptions {
  /** 100,000 to 2^31 - 1; 600,000 unless given. The count is not stored in any v1 format. */
  readonly iterations?: number
}

/**
 * Hardens a shared secret into a key: PBKDF2-HMAC-SHA256 (RFC 8018 5.2), 32 bytes.
 * The caller owns and wipes the key.
 *
 * Weak by design: a guess costs an attacker with graphics cards far less than it costs us.
 * @throws ChartsealError `keyring/weak-parameters`, `key/wiped`
 */
export async function derive(
  secret: SecretBytes,
  salt: Uint8Array,
  options: DeriveOptions = {},
): Promise<AeadKey> {
  const iterations = options.iterations ?? defaultIterations
  refuseWeakSecret(secret)
  if (salt.length === 0) throw weak('salt', 'it is empty')
  refuseCount(iterations, minIterations)
  return legacyDeriveKey(secret, salt, iterations)
}

/**
 * What `derive` computes, for any secret, any salt and any count from 1: for vectors and old archives.
 * @throws ChartsealError `keyring/weak-parameters` (only the count), `key/wiped`
 */
export async function legacyDeriveKey(
  secret: SecretBytes,
  salt: Uint8Array,
  iterations: number,
): Promise<AeadKey> {
  refuseCount(iterations, 1)
  const bytes = await platform.pbkdf2(secret.reveal(), salt, iterations, AeadKey.sizeBytes)
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

/** @throws ChartsealError `keyring/weak-parameters` for an empty secret, `key/wiped` */
export function refuseWeakSecret(secret: SecretBytes): void {
  if (secret.reveal().length === 0) throw weak('secret', 'it is empty')
}

/** @throws ChartsealError `keyring/weak-parameters` */
export function refuseCount(iterations: number, minimum: number): void {
  if (Number.isInteger(iterations) && iterations >= minimum && iterations <= maxIterations) return
  throw weak('iterations', `a whole number from ${minimum} to ${maxIterations} is needed`)
}

function weak(parameter: 'secret' | 'salt' | 'iterations', reason: string): Error {
  return keyringError('keyring/weak-parameters', { parameter, reason })
}

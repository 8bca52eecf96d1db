/**
 * HPKE, RFC 9180, for one message to one recipient: base mode, single shot, HKDF-SHA256, AES-256-GCM, no additional
 * data. The key encapsulation is DHKEM(X25519, HKDF-SHA256) or X-Wing. Nothing says who sealed a message: that is what
 * a signature around it is for. Byte tables: docs/spec/hpke.md.
 *
 * @example
 * const { secret, publicKey } = hpkeKeyPair(x25519Kem, systemRandom)
 * const { enc, ct } = hpkeSeal(x25519Kem, publicKey, info, contentKey)
 * hpkeOpen(x25519Kem, secret, enc, info, ct) // the bytes of contentKey
 */
import { platform } from '#platform'
import { tagBytes } from './aead.js'
import { coreError } from './errors.js'
import { type Kem, requirePublicKey, requireSecret } from './hpke/kem.js'
import { aes256Gcm, type HpkeKeys, KeySchedule } from './hpke/key-schedule.js'
import { SecretBytes } from './keys.js'
import type { Random } from './ports.js'
import { systemRandom } from './system.js'

export type { Kem, KemName } from './hpke/kem.js'
export { x25519Kem } from './hpke/x25519-kem.js'
export { xwingKem } from './hpke/xwing-kem.js'

const noAad = new Uint8Array(0)
const schedules = new WeakMap<Kem, KeySchedule>()

/** A fresh key pair; the caller wipes the secret. */
export function hpkeKeyPair(
  kem: Kem,
  random: Random,
): { readonly secret: SecretBytes; readonly publicKey: Uint8Array } {
  const bytes = random.bytes(kem.secretKeyBytes)
  try {
    const secret = new SecretBytes(bytes)
    return { secret, publicKey: hpkePublicKey(kem, secret) }
  } finally {
    bytes.fill(0)
  }
}

/** @throws ChartsealError `key/wrong-length`, `key/wiped` */
export function hpkePublicKey(kem: Kem, secret: SecretBytes): Uint8Array {
  return kem.publicKeyOf(requireSecret(kem, secret))
}

/**
 * Seals for whoever has the secret of `publicKey`. `info` is bound and not in the result. Anybody can seal.
 * @throws ChartsealError `key/wrong-length`, `key/small-order`, `key/invalid` for what is no public key of this KEM
 */
export function hpkeSeal(
  kem: Kem,
  publicKey: Uint8Array,
  info: Uint8Array,
  plaintext: Uint8Array,
  random: Random = systemRandom,
): { readonly enc: Uint8Array; readonly ct: Uint8Array } {
  requirePublicKey(kem, publicKey)
  const { shared, enc } = kem.encapsulate(publicKey, random)
  const keys = deriveKeys(kem, shared, info)
  try {
    return { enc, ct: platform.sealGcm(keys.key, keys.baseNonce, plaintext, noAad) }
  } finally {
    shared.fill(0)
    keys.wipe()
  }
}

/**
 * Opens what was sealed for this secret under the same `info`.
 * @throws ChartsealError `open/failed` whatever is wrong with `enc`, `info` or `ct`; `key/wrong-length`, `key/wiped`
 */
export function hpkeOpen(
  kem: Kem,
  secret: SecretBytes,
  enc: Uint8Array,
  info: Uint8Array,
  ct: Uint8Array,
): Uint8Array {
  const secretKey = requireSecret(kem, secret)
  const sized = enc.length === kem.encBytes && ct.length >= tagBytes
  const shared = sized ? kem.decapsulate(secretKey, enc) : null
  const plaintext = shared === null ? null : openWith(kem, shared, info, ct)
  if (plaintext === null) throw coreError('open/failed', {})
  return plaintext
}

function openWith(kem: Kem, shared: Uint8Array, info: Uint8Array, ct: Uint8Array): Uint8Array | null {
  const keys = deriveKeys(kem, shared, info)
  try {
    return platform.openGcm(keys.key, keys.baseNonce, ct, noAad)
  } finally {
    shared.fill(0)
    keys.wipe()
  }
}

function deriveKeys(kem: Kem, shared: Uint8Array, info: Uint8Array): HpkeKeys {
  const schedule = schedules.get(kem) ?? new KeySchedule(kem, aes256Gcm)
  schedules.set(kem, schedule)
  return schedule.derive(shared, info)
}

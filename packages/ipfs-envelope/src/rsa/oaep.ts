import { requireText } from '@chartseal/core/arguments'
import { ownBuffer } from '@chartseal/core/bytes'
import { AeadKey } from '@chartseal/core/keys'
import { envelopeError } from '../errors.js'
import type { Identity, Recipient, WrappedKey } from '../recipient.js'
import type { RsaKeyDer } from './key-parse.js'
import { readPrivatePem, readPublicPem } from './keys.js'

/** `CryptoKey` by a name that the types of Node have as well as those of browsers. */
type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** RSAES-OAEP (RFC 8017 7.1) with SHA-256, MGF1 of SHA-256 and no label. */
const oaep = { name: 'RSA-OAEP', hash: 'SHA-256' } as const

/**
 * A recipient with an RSA key: SPKI or PKCS#1 in PEM.
 * @throws ChartsealError `der/invalid`, `encoding/invalid`, `envelope/unsupported-key`, `envelope/rsa-size`
 */
export async function rsaRecipient(id: string, publicKeyPem: string): Promise<Recipient> {
  requireText('id', id)
  requireText('publicKeyPem', publicKeyPem)
  const key = await importEncryptionKey(readPublicPem(publicKeyPem).der)
  return { id, wrap: fileKey => encrypt(key, fileKey.reveal()) }
}

/** A public key inside WebCrypto, from SubjectPublicKeyInfo, which is wiped. @throws ChartsealError `envelope/unsupported-key` */
export function importEncryptionKey(spki: Uint8Array): Promise<WebKey> {
  return imported('spki', spki, 'encrypt')
}

/** As long as the modulus. */
export async function encrypt(
  key: WebKey,
  plain: Uint8Array,
  label: Uint8Array = new Uint8Array(),
): Promise<Uint8Array> {
  const copy = ownBuffer(plain)
  try {
    return new Uint8Array(await crypto.subtle.encrypt({ ...oaep, label: ownBuffer(label) }, key, copy))
  } finally {
    copy.fill(0)
  }
}

export interface RsaIdentityOptions {
  /** The name of this identity in the packages; without one every entry is tried. */
  readonly recipientId?: string
  /** Of an encrypted PKCS#8 key (Node.js only). */
  readonly passphrase?: string
}

/**
 * An identity with an RSA key: PKCS#8 or PKCS#1 in PEM. The key stays inside WebCrypto and cannot be taken
 * out again; the text is the caller's.
 * @throws ChartsealError as {@link rsaRecipient}, `envelope/passphrase-needed`,
 * `envelope/passphrase-too-long`, `envelope/encrypted-key-unsupported`, `open/failed` (wrong passphrase)
 */
export async function rsaIdentity(
  privateKeyPem: string,
  options: RsaIdentityOptions = {},
): Promise<Identity> {
  requireText('privateKeyPem', privateKeyPem)
  const key = await decryptionKey(privateKeyPem, options.passphrase)
  return {
    recipientId: options.recipientId ?? null,
    async unwrap(wrapped) {
      for (const entry of wrapped) {
        const fileKey = await tryUnwrap(key, entry)
        if (fileKey !== null) return fileKey
      }
      return null
    },
  }
}

/** A private key inside WebCrypto. */
export interface DecryptionKey {
  readonly key: WebKey
  /** Of the modulus, and of everything that is encrypted for it. */
  readonly sizeBytes: number
}

/** @throws ChartsealError as {@link rsaIdentity} */
export async function decryptionKey(privateKeyPem: string, passphrase?: string): Promise<DecryptionKey> {
  return importDecryptionKey(await readPrivatePem(privateKeyPem, passphrase ?? null))
}

/** From PrivateKeyInfo, which is wiped. @throws ChartsealError `envelope/unsupported-key` */
export async function importDecryptionKey({ der, bits }: RsaKeyDer): Promise<DecryptionKey> {
  return { key: await imported('pkcs8', der, 'decrypt'), sizeBytes: Math.ceil(bits / 8) }
}

/** Why an entry does not unwrap must not show: it would break OAEP (Manger, CRYPTO 2001). */
async function tryUnwrap(key: DecryptionKey, { wrapped }: WrappedKey): Promise<AeadKey | null> {
  const bytes = await decrypt(key, wrapped)
  try {
    return bytes?.length === AeadKey.sizeBytes ? new AeadKey(bytes) : null
  } finally {
    bytes?.fill(0)
  }
}

/** `null` for whatever does not decrypt. The caller wipes the bytes. */
export async function decrypt(
  { key, sizeBytes }: DecryptionKey,
  wrapped: Uint8Array,
  label: Uint8Array = new Uint8Array(),
): Promise<Uint8Array | null> {
  if (wrapped.length !== sizeBytes) return null
  const algorithm = { ...oaep, label: ownBuffer(label) }
  const plain = await crypto.subtle.decrypt(algorithm, key, ownBuffer(wrapped)).catch(() => null)
  return plain === null ? null : new Uint8Array(plain)
}

async function imported(
  format: 'spki' | 'pkcs8',
  der: Uint8Array,
  usage: 'encrypt' | 'decrypt',
): Promise<WebKey> {
  const copy = ownBuffer(der)
  try {
    return await crypto.subtle.importKey(format, copy, oaep, false, [usage])
  } catch {
    throw envelopeError('envelope/unsupported-key', { reason: 'WebCrypto refuses it' })
  } finally {
    copy.fill(0)
    der.fill(0)
  }
}

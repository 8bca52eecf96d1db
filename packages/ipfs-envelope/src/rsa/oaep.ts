import { ownBuffer } from '@chartseal/core/bytes'
import { AeadKey } from '@chartseal/core/keys'
import { envelopeError } from '../errors.js'
import type { Identity, Recipient, WrappedKey } from '../v1/recipient.js'
import { readPrivatePem, readPublicPem } from './pem.js'

/** RSAES-OAEP (RFC 8017 7.1) with SHA-256, MGF1 of SHA-256 and no label. */
const oaep = { name: 'RSA-OAEP', hash: 'SHA-256' } as const

/**
 * A recipient with an RSA key: SPKI or PKCS#1 in PEM.
 * @throws ChartsealError `der/invalid`, `encoding/invalid`, `envelope/unsupported-key`, `envelope/rsa-size`
 */
export async function rsaRecipient(id: string, publicKeyPem: string): Promise<Recipient> {
  const { der } = readPublicPem(publicKeyPem)
  const key = await imported('spki', der, 'encrypt')
  return {
    id,
    async wrap(fileKey) {
      return new Uint8Array(await crypto.subtle.encrypt(oaep, key, ownBuffer(fileKey.reveal())))
    },
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
 * `envelope/encrypted-key-unsupported`, `open/failed` (wrong passphrase)
 */
export async function rsaIdentity(
  privateKeyPem: string,
  options: RsaIdentityOptions = {},
): Promise<Identity> {
  const { der, bits } = await readPrivatePem(privateKeyPem, options.passphrase ?? null)
  const key = await imported('pkcs8', der, 'decrypt')
  return {
    recipientId: options.recipientId ?? null,
    async unwrap(wrapped) {
      for (const entry of wrapped) {
        const fileKey = await tryUnwrap(key, Math.ceil(bits / 8), entry)
        if (fileKey !== null) return fileKey
      }
      return null
    },
  }
}

/** Why an entry does not unwrap must not show: OAEP falls to whoever can tell (Manger, CRYPTO 2001). */
async function tryUnwrap(
  key: CryptoKey,
  sizeBytes: number,
  { wrapped }: WrappedKey,
): Promise<AeadKey | null> {
  if (wrapped.length !== sizeBytes) return null
  const plain = await crypto.subtle.decrypt(oaep, key, ownBuffer(wrapped)).catch(() => null)
  if (plain === null) return null
  const bytes = new Uint8Array(plain)
  try {
    return bytes.length === AeadKey.sizeBytes ? new AeadKey(bytes) : null
  } finally {
    bytes.fill(0)
  }
}

async function imported(
  format: 'spki' | 'pkcs8',
  der: Uint8Array,
  usage: 'encrypt' | 'decrypt',
): Promise<CryptoKey> {
  const copy = ownBuffer(der)
  try {
    return await crypto.subtle.importKey(format, copy, oaep, false, [usage])
  } catch {
    throw envelopeError('envelope/unsupported-key', { reason: 'WebCrypto does not take it' })
  } finally {
    copy.fill(0)
    der.fill(0)
  }
}

import { AeadKey } from '@chartseal/core/keys'
import { sha256 } from '@noble/hashes/sha2.js'
import { publicKeyInfoOf, readSpki } from '../rsa/key-parse.js'
import { readPrivatePem, readPublicPem } from '../rsa/keys.js'
import { decrypt, encrypt, importDecryptionKey, importEncryptionKey } from '../rsa/oaep.js'
import type { KnownRecipient } from './hpke.js'
import type { Identity } from './recipient.js'

/**
 * A recipient with an RSA key of 2,048 to 16,384 bits: SPKI or PKCS#1 in PEM. RSAES-OAEP with SHA-256 and MGF1 of SHA-256
 * draws its own randomness from WebCrypto.
 * @throws ChartsealError `der/invalid`, `encoding/invalid`, `envelope/unsupported-key`, `envelope/rsa-size`
 */
export async function rsaOaepRecipient(publicKeyPem: string): Promise<KnownRecipient> {
  return rsaRecipientOf(readPublicPem(publicKeyPem).der)
}

/** The same from SubjectPublicKeyInfo in DER. @throws as {@link rsaOaepRecipient} */
export async function rsaRecipientOf(spki: Uint8Array): Promise<KnownRecipient> {
  const { der } = readSpki(spki)
  const publicKey = Uint8Array.from(der)
  const key = await importEncryptionKey(der)
  return {
    kem: 'rsa-oaep',
    keyHash: sha256(publicKey),
    publicKey,
    async wrap(info, contentKey) {
      return { enc: new Uint8Array(0), ct: await encrypt(key, contentKey.reveal(), info) }
    },
  }
}

/**
 * An identity with an RSA key: PKCS#8 or PKCS#1 in PEM. The key stays inside WebCrypto; the text is the caller's.
 * @throws ChartsealError as {@link rsaOaepRecipient}, `envelope/passphrase-needed`, `envelope/passphrase-too-long`,
 * `envelope/encrypted-key-unsupported`, `open/failed` for a wrong passphrase
 */
export async function rsaOaepIdentity(
  privateKeyPem: string,
  options: { readonly passphrase?: string } = {},
): Promise<Identity> {
  const parsed = await readPrivatePem(privateKeyPem, options.passphrase ?? null)
  const keyHash = sha256(publicKeyInfoOf(parsed.der))
  const key = await importDecryptionKey(parsed)
  return {
    kem: 'rsa-oaep',
    keyHash,
    async unwrap(info, { enc, ct }) {
      const bytes = enc.length === 0 ? await decrypt(key, ct, info) : null
      try {
        return bytes?.length === AeadKey.sizeBytes ? new AeadKey(bytes) : null
      } finally {
        bytes?.fill(0)
      }
    },
  }
}

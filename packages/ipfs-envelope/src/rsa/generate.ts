import { encodePem } from '@chartseal/core/der'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { platform } from '#platform'

export interface RsaKeyPairPem {
  /** SPKI. */
  readonly publicKeyPem: string
  /** PKCS#8, encrypted when there was a passphrase. */
  readonly privateKeyPem: string
}

export interface GenerateOptions {
  /** Of the modulus; 3072 when left out. */
  readonly bits?: 2048 | 3072 | 4096
  /** Encrypts the private key (Node.js only); not empty. */
  readonly passphrase?: string
  /** Of salt and IV of the encryption; WebCrypto draws the key itself. */
  readonly random?: Random
}

/**
 * A fresh RSA key pair for {@link rsaRecipient} and {@link rsaIdentity}.
 * @throws ChartsealError `envelope/encrypted-key-unsupported`; RangeError for an empty passphrase
 */
export async function generateRsaKeyPair(options: GenerateOptions = {}): Promise<RsaKeyPairPem> {
  const { bits = 3072, passphrase = null, random = systemRandom } = options
  if (passphrase === '') throw new RangeError('a passphrase must not be empty')
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    {
      name: 'RSA-OAEP',
      hash: 'SHA-256',
      modulusLength: bits,
      publicExponent: Uint8Array.of(1, 0, 1),
    },
    true,
    ['encrypt', 'decrypt'],
  )
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey))
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey))
  try {
    return {
      publicKeyPem: encodePem('PUBLIC KEY', spki),
      privateKeyPem:
        passphrase === null
          ? encodePem('PRIVATE KEY', pkcs8)
          : encodePem('ENCRYPTED PRIVATE KEY', await platform.encryptPkcs8(pkcs8, passphrase, random)),
    }
  } finally {
    pkcs8.fill(0)
  }
}

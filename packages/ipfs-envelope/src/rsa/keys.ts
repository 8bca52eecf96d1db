/** RSA keys in PEM: read, and made. */
import { decodePem, encodePem, type Pem } from '@chartseal/core/der'
import { coreError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { platform } from '#platform'
import { envelopeError } from '../errors.js'
import { type RsaKeyDer, readPkcs1Private, readPkcs1Public, readPkcs8, readSpki } from './key-parse.js'

/**
 * An RSA public key from PEM: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1).
 * @throws ChartsealError `der/invalid`, `encoding/invalid`, `envelope/unsupported-key`, `envelope/rsa-size`
 */
export function readPublicPem(text: string): RsaKeyDer {
  const { label, der } = decodePem(text)
  if (label === 'PUBLIC KEY') return readSpki(der)
  if (label === 'RSA PUBLIC KEY') return readPkcs1Public(der)
  throw otherLabel(label, 'a public key')
}

/**
 * An RSA private key from PEM: `PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` (PKCS#1) or, in Node.js,
 * `ENCRYPTED PRIVATE KEY`. The result is secret; the caller wipes it.
 * @throws ChartsealError as {@link readPublicPem}, `envelope/passphrase-needed`,
 * `envelope/encrypted-key-unsupported`, `open/failed` (wrong passphrase)
 */
export async function readPrivatePem(text: string, passphrase: string | null): Promise<RsaKeyDer> {
  const pem = decodePem(text)
  try {
    return await readPrivate(pem, passphrase)
  } finally {
    pem.der.fill(0)
  }
}

async function readPrivate({ label, der }: Pem, passphrase: string | null): Promise<RsaKeyDer> {
  if (label === 'PRIVATE KEY') return readPkcs8(der)
  if (label === 'RSA PRIVATE KEY') return readPkcs1Private(der)
  if (label !== 'ENCRYPTED PRIVATE KEY') throw otherLabel(label, 'a private key')
  if (passphrase === null) throw envelopeError('envelope/passphrase-needed', {})
  const decrypted = await platform.decryptPkcs8(der, passphrase)
  if (decrypted === null) throw coreError('open/failed', {})
  try {
    return readPkcs8(decrypted)
  } finally {
    decrypted.fill(0)
  }
}

function otherLabel(label: string, needed: string): Error {
  return envelopeError('envelope/unsupported-key', { reason: `${label} where ${needed} is needed` })
}

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

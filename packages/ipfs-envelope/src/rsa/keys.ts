/** RSA keys in PEM: read, and made. */
import { equal } from '@chartseal/core/bytes'
import { decodePem, encodePem, type Pem } from '@chartseal/core/der'
import { coreError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { platform } from '#platform'
import { envelopeError } from '../errors.js'
import { type RsaKeyDer, readPkcs1Private, readPkcs1Public, readPkcs8, readSpki } from './key-parse.js'
import { passphrasesToTry, passphraseToWrite } from './passphrase.js'

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
 * `envelope/passphrase-too-long`, `envelope/encrypted-key-unsupported`, `open/failed` (wrong passphrase)
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
  const pkcs8 = await decrypted(der, passphrase)
  try {
    return readPkcs8(pkcs8)
  } finally {
    pkcs8.fill(0)
  }
}

/** PrivateKeyInfo under whichever spelling of the passphrase opens it; the caller wipes it. */
async function decrypted(der: Uint8Array, passphrase: string): Promise<Uint8Array> {
  for (const spelling of passphrasesToTry(passphrase)) {
    const pkcs8 = await platform.decryptPkcs8(der, spelling)
    if (pkcs8 !== null) return pkcs8
  }
  throw coreError('open/failed', {})
}

function otherLabel(label: string, needed: string): Error {
  return envelopeError('envelope/unsupported-key', { reason: `it must be ${needed}; this is ${label}` })
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
  /** Encrypts the private key (Node.js only): 1 to 1,024 bytes of UTF-8 in NFC, with plain spaces. */
  readonly passphrase?: string
  /** Of salt and IV of the encryption; WebCrypto draws the key itself. */
  readonly random?: Random
}

const sizes: readonly number[] = [2048, 3072, 4096]

/**
 * A fresh RSA key pair for {@link rsaRecipient} and {@link rsaIdentity}, read back before it is given out.
 * @throws ChartsealError `envelope/passphrase-too-long` before a key is made, `encoding/invalid`,
 * `envelope/encrypted-key-unsupported`
 * @throws RangeError for another number of bits or an empty passphrase
 */
export async function generateRsaKeyPair(options: GenerateOptions = {}): Promise<RsaKeyPairPem> {
  const { bits = 3072, passphrase, random = systemRandom } = options
  if (!sizes.includes(bits)) throw new RangeError('bits must be 2048, 3072 or 4096')
  const spelling = passphrase === undefined ? null : passphraseToWrite(passphrase)
  const { spki, pkcs8 } = await generated(bits)
  try {
    const privateKeyPem = await privatePem(pkcs8, spelling, random)
    const publicKeyPem = encodePem('PUBLIC KEY', spki)
    readPublicPem(publicKeyPem)
    await expectReadable(privateKeyPem, passphrase ?? null, pkcs8)
    return { publicKeyPem, privateKeyPem }
  } finally {
    pkcs8.fill(0)
  }
}

async function generated(bits: number): Promise<{ spki: Uint8Array; pkcs8: Uint8Array }> {
  const publicExponent = Uint8Array.of(1, 0, 1)
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: bits, publicExponent }
  const pair = await crypto.subtle.generateKey(algorithm, true, ['encrypt', 'decrypt'])
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))
  return { spki, pkcs8: new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey)) }
}

async function privatePem(pkcs8: Uint8Array, spelling: string | null, random: Random): Promise<string> {
  if (spelling === null) return encodePem('PRIVATE KEY', pkcs8)
  return encodePem('ENCRYPTED PRIVATE KEY', await platform.encryptPkcs8(pkcs8, spelling, random))
}

/** A key that cannot be read again would cost every record that is encrypted for it. */
async function expectReadable(pem: string, passphrase: string | null, pkcs8: Uint8Array): Promise<void> {
  const made = readPkcs8(pkcs8)
  const read = await readPrivatePem(pem, passphrase)
  const isSame = equal(made.der, read.der)
  made.der.fill(0)
  read.der.fill(0)
  if (!isSame) throw new Error('internal: the private key cannot be read back')
}

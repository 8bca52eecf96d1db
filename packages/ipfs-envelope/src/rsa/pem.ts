import { decodePem, type Pem } from '@chartseal/core/der'
import { coreError } from '@chartseal/core/errors'
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

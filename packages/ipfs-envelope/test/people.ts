import { generateKeyPairSync } from 'node:crypto'
import { encodeBase64, encodeUtf8 } from '@chartseal/core/encoding'
import type { AeadKey } from '@chartseal/core/keys'
import {
  type EnvelopePackage,
  type Identity,
  type Recipient,
  rsaIdentity,
  rsaRecipient,
  type SealedEnvelope,
} from '@chartseal/ipfs-envelope/v1'

/** Somebody with an RSA key of 2048 bits. */
export interface Person {
  readonly id: string
  readonly publicKeyPem: string
  readonly privateKeyPem: string
  readonly recipient: Recipient
  /** Knows its name. */
  readonly named: Identity
  /** Knows no name. */
  readonly nameless: Identity
}

export async function person(id: string): Promise<Person> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicKeyPem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return {
    id,
    publicKeyPem,
    privateKeyPem,
    recipient: await rsaRecipient(id, publicKeyPem),
    named: await rsaIdentity(privateKeyPem, { recipientId: id }),
    nameless: await rsaIdentity(privateKeyPem),
  }
}

/** Wraps by naming the key: quick, for laws that are not about RSA. */
export function fakeRecipient(id: string): Recipient {
  return { id, wrap: async fileKey => Uint8Array.from([...encodeUtf8(id), ...fileKey.reveal()]) }
}

/** An identity that must not be asked. */
export const untouchable: Identity = {
  recipientId: null,
  unwrap: (): Promise<AeadKey | null> => Promise.reject(new Error('the identity was asked')),
}

/** A sealed package with some of its parts replaced. */
export function changed(sealed: SealedEnvelope, parts: Partial<EnvelopePackage>): EnvelopePackage {
  return { ...sealed.package, ...parts }
}

/** The JSON text of a package, with fields replaced or added. */
export function packageText(
  { cid, nonce, encKeys }: EnvelopePackage,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  const enc_keys = Object.fromEntries(encKeys.map(key => [key.recipientId, encodeBase64(key.wrapped)]))
  return JSON.stringify({ cid, nonce: encodeBase64(nonce), enc_keys, ...fields })
}

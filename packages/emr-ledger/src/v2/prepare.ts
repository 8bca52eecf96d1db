/**
 * From claims to a record whose key is elsewhere: `prepare` gives what is to be signed, and the text that a person reads
 * before; signing happens in a file, a page, a card or an HSM; `attach` joins the two.
 */
import { equal } from '@chartseal/core/bytes'
import { type SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ledgerError } from '../errors.js'
import { type Claims, encodeClaims, signedBytesOf, txidOf } from './claims.js'
import { commitsTo } from './commitment.js'
import { recordError } from './errors-records.js'
import { lowS } from './low-s.js'
import { keyIdOf, verifySignature } from './member.js'
import { type LedgerRecord, type RecordSignature, recordOf } from './record.js'
import type { Roster, SigningAlgorithm } from './roster.js'
import { type Language, textOf } from './signed-text.js'

/** What a prescription commits to, so that a person can read it: checked against the claims. */
export interface Content {
  /** 32 bytes. */
  readonly rs: Uint8Array
  /** The id of the patient, as it is committed to in UTF-8. */
  readonly patient: string
  /** The body as it is stored. */
  readonly body: Uint8Array
  /** What a person reads of the body: a function of the bytes that are committed to. UTF-8 unless it is given. */
  readonly read?: (body: Uint8Array, language: Language) => string
}

export interface Preparation {
  /** What people call the ledger: the name in its genesis. */
  readonly ledgerName: string
  /** Of `prescribe` and `replace`. Without it the text says that the content was not shown. */
  readonly content?: Content
  /** Of `roster`: the one in force, so that the text says what changes; without it the text names every member. */
  readonly inForce?: Roster
}

/** Claims that wait for signatures. */
export interface Prepared {
  readonly claims: Claims
  readonly claimsBytes: Uint8Array
  /** What is signed. */
  readonly bytes: Uint8Array
  /** SHA-256 of it, for whoever signs digests by ES256 or ES256K: the txid. */
  readonly digest: Uint8Array
  /** What a person reads before they sign. */
  readonly text: { readonly [language in Language]: string }
}

/**
 * The exact bytes to sign, their digest, and a text.
 * @throws ChartsealError `ledger/claims`; `ledger/commitment` for content that the claims do not commit to;
 * `encoding/invalid` for a body that is no UTF-8 and has no `read`
 */
export function prepare(claims: Claims, { ledgerName, content, inForce }: Preparation): Prepared {
  const claimsBytes = encodeClaims(claims)
  if (content !== undefined) requireContent(claims, content)
  const digest = txidOf(claimsBytes)
  const say = (language: Language): string =>
    textOf({ claims, txid: digest, ledgerName, content, inForce, language })
  const text = { en: say('en'), es: say('es') }
  return { claims, claimsBytes, bytes: signedBytesOf(claimsBytes), digest, text }
}

function requireContent(claims: Claims, { rs, patient, body }: Content): void {
  if (claims.kind !== 'prescribe' && claims.kind !== 'replace')
    throw new TypeError('content must be given of prescribe and replace alone')
  if (!commitsTo(claims.subject, { rs, kind: 'subject', bytes: encodeUtf8(patient) }))
    throw recordError('ledger/commitment', { field: 'patient' })
  if (!commitsTo(claims.body, { rs, kind: 'body', bytes: body }))
    throw recordError('ledger/commitment', { field: 'body' })
}

/** The record, once everybody who must has signed; nothing is verified. @throws ChartsealError `ledger/record` */
export function attach(prepared: Prepared, signatures: readonly RecordSignature[]): LedgerRecord {
  return recordOf(prepared.claimsBytes, signatures)
}

/** Whoever holds a private key: a file, WebCrypto, a command that asks an HSM or a card. */
export interface RecordSigner {
  readonly algorithm: SigningAlgorithm
  /** Ed25519: 32 bytes; otherwise the uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array
  /** SHA-256 JWK thumbprint of it, 32 bytes. */
  readonly kid: Uint8Array
  /**
   * 64 bytes: Ed25519 of `bytes`, or r ‖ s by ECDSA with SHA-256.
   * @param digest SHA-256 of `bytes`, for ECDSA that takes digests
   */
  sign(bytes: Uint8Array, digest: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/**
 * One signature; a high s of ES256K is turned into its low twin. What comes back is verified, so that a wrong key is
 * told of here and not by a node.
 * @throws ChartsealError `ledger/signature`; whatever the signer throws
 */
export async function signWith(prepared: Prepared, signer: RecordSigner): Promise<RecordSignature> {
  const { algorithm, publicKey } = signer
  const given = await signer.sign(Uint8Array.from(prepared.bytes), Uint8Array.from(prepared.digest))
  const signature = algorithm === 'ES256K' ? lowS(given) : Uint8Array.from(given)
  const kid = keyIdOf(algorithm, publicKey)
  if (!equal(kid, signer.kid) || !verifySignature({ algorithm, publicKey }, prepared.bytes, signature))
    throw ledgerError('ledger/signature', {})
  return { kid, signature }
}

/** Signs with a key in memory, which stays the caller's. */
export function ed25519Signer(key: SigningKey): RecordSigner {
  const publicKey = verifyingKeyOf(key)
  return {
    algorithm: 'Ed25519',
    publicKey,
    kid: keyIdOf('Ed25519', publicKey),
    sign: bytes => sign(key, bytes),
  }
}

/** What a signer says in one record of the ledger: docs/spec/ledger-v2.md, "Claims". */
import { concat } from '@chartseal/core/bytes'
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { type CborValue, decodeCborViews, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import { recordError } from './errors-records.js'
import { fieldError, hashBytes, maxUint32, positive, readStrictly } from './fields.js'
import { type Roster, rosterField, rosterValue } from './roster.js'

export type RecordKind = 'prescribe' | 'cancel' | 'replace' | 'dispense' | 'roster'

interface CommonClaims {
  /** SHA-256 of the genesis, 32 bytes. */
  readonly ledger: Uint8Array
  /** The signer's key id: SHA-256 JWK thumbprint (RFC 7638), 32 bytes. */
  readonly signer: Uint8Array
  /** Numbers the records of this signer: 1, 2, 3 … without gaps. */
  readonly seq: bigint
  /** Seconds since 1970-01-01T00:00:00Z; nothing is judged by it. */
  readonly authoredOn: bigint
}

/** What a prescription commits to; the content itself stays off the ledger. */
export interface Order {
  /** HMAC-SHA-256(rs, "subject" ‖ 0x00 ‖ patient id), 32 bytes. */
  readonly subject: Uint8Array
  /** HMAC-SHA-256(rs, "body" ‖ 0x00 ‖ bytes as stored), 32 bytes. */
  readonly body: Uint8Array
  /** Where the sealed body may be had, a CID or URL; empty where it travels by another way. At most 256 characters, ASCII. */
  readonly reference: string
  /** Seconds: a block of this time or later dispenses nothing of it. */
  readonly validUntil: bigint
  /** How many units may be dispensed, 1 to 2^32 - 1. */
  readonly quantity: number
  /**
   * Ed25519, 32 bytes (`slipKeyOf`): only who has the secret, which is in the slip, can give out of it. Absent: any
   * dispenser can.
   */
  readonly slip?: Uint8Array
}

/** A change of a prescription names the prescription, and the txid of the last change before it. */
export interface Change {
  /** txid of the record that prescribed, 32 bytes. */
  readonly prescription: Uint8Array
  /** txid of the newest change of it, or of the prescription itself, 32 bytes. */
  readonly previous: Uint8Array
}

export interface PrescribeClaims extends CommonClaims, Order {
  readonly kind: 'prescribe'
}

export interface CancelClaims extends CommonClaims, Change {
  readonly kind: 'cancel'
}

/** Ends a prescription, and is a new one itself. */
export interface ReplaceClaims extends CommonClaims, Change, Order {
  readonly kind: 'replace'
}

export interface DispenseClaims extends CommonClaims, Change {
  readonly kind: 'dispense'
  /** Units given out now, 1 to 2^32 - 1. */
  readonly quantity: number
  /** Drawn for this giving out, 16 random bytes: two devices of one key never sign one record between them. */
  readonly salt: Uint8Array
  /** 64 bytes (`proveSlip`), for a prescription that has `slip`, and for no other. */
  readonly proof?: Uint8Array
}

/** The next roster, signed by a quorum of the registrars of the one in force; `signer` is one of them. */
export interface RosterClaims extends CommonClaims {
  readonly kind: 'roster'
  readonly roster: Roster
}

export type Claims = PrescribeClaims | CancelClaims | ReplaceClaims | DispenseClaims | RosterClaims

export const maxClaimsBytes = 2_048
export const maxRosterClaimsBytes = 524_288
export const maxReferenceBytes = 256
export const dispenseSaltBytes = 16
const slipKeyBytes = 32
const signatureBytes = 64

const version = 2
const common = ['v', 'ledger', 'kind', 'signer', 'seq', 'authoredOn']
const order = ['subject', 'body', 'reference', 'validUntil', 'quantity']
const change = ['prescription', 'previous']
const fieldsOfKind: { readonly [kind in RecordKind]: readonly string[] } = {
  prescribe: [...common, ...order],
  cancel: [...common, ...change],
  replace: [...common, ...change, ...order],
  dispense: [...common, ...change, 'quantity', 'salt'],
  roster: [...common, 'roster'],
}
const optionalOfKind: { readonly [kind in RecordKind]: readonly string[] } = {
  prescribe: ['slip'],
  cancel: [],
  replace: ['slip'],
  dispense: ['proof'],
  roster: [],
}
export const recordKinds: readonly RecordKind[] = ['prescribe', 'cancel', 'replace', 'dispense', 'roster']

/**
 * Deterministic CBOR of the claims.
 * @throws ChartsealError `ledger/claims` for what {@link decodeClaims} would refuse
 */
export function encodeClaims(claims: Claims): Uint8Array {
  const bytes = encodeCbor(claimsValue(claims))
  decodeClaims(bytes)
  return bytes
}

function claimsValue(claims: Claims): CborValue {
  const { ledger, kind, signer, seq, authoredOn } = claims
  const head = { v: version, ledger, kind, signer, seq, authoredOn }
  switch (claims.kind) {
    case 'prescribe':
      return { ...head, ...orderOf(claims) }
    case 'cancel':
      return { ...head, ...changeOf(claims) }
    case 'replace':
      return { ...head, ...changeOf(claims), ...orderOf(claims) }
    case 'dispense':
      return { ...head, ...changeOf(claims), ...dispensedOf(claims) }
    case 'roster':
      return { ...head, roster: rosterValue(claims.roster) }
  }
}

function orderOf({ subject, body, reference, validUntil, quantity, slip }: Order): {
  [name: string]: CborValue
} {
  const value = { subject, body, reference, validUntil, quantity }
  return slip === undefined ? value : { ...value, slip }
}

function dispensedOf({ quantity, salt, proof }: DispenseClaims): { [name: string]: CborValue } {
  return proof === undefined ? { quantity, salt } : { quantity, salt, proof }
}

const changeOf = ({ prescription, previous }: Change): { [name: string]: CborValue } => ({
  prescription,
  previous,
})

/**
 * Strict: one encoding for all claims, and no other fields. Nothing of the state is judged.
 * @throws ChartsealError `ledger/claims`
 */
export function decodeClaims(bytes: Uint8Array): Claims {
  return readStrictly(
    () => claimsIn(bytes),
    reason => recordError('ledger/claims', { reason }),
  )
}

function claimsIn(bytes: Uint8Array): Claims {
  if (bytes.length > maxRosterClaimsBytes) throw fieldError('', `at most ${maxRosterClaimsBytes} bytes`)
  const value = decodeCborViews(bytes)
  const kind = recordKinds.find(known => known === fieldOf(value, 'kind'))
  if (kind === undefined) throw fieldError('kind', `one of ${recordKinds.join(', ')}`)
  if (kind !== 'roster' && bytes.length > maxClaimsBytes)
    throw fieldError('', `at most ${maxClaimsBytes} bytes`)
  const fields = new CborFields(value, fieldsOfKind[kind], optionalOfKind[kind])
  fields.count('v', version, version)
  return claimsOf(kind, fields)
}

function claimsOf(kind: RecordKind, fields: CborFields): Claims {
  const head = {
    ledger: fields.bytes('ledger', hashBytes),
    signer: fields.bytes('signer', hashBytes),
    seq: positive(fields, 'seq'),
    authoredOn: fields.integer('authoredOn'),
  }
  switch (kind) {
    case 'prescribe':
      return { ...head, kind, ...orderIn(fields) }
    case 'cancel':
      return { ...head, kind, ...changeIn(fields) }
    case 'replace':
      return { ...head, kind, ...changeIn(fields), ...orderIn(fields) }
    case 'dispense':
      return {
        ...head,
        kind,
        ...changeIn(fields),
        quantity: units(fields),
        salt: fields.bytes('salt', dispenseSaltBytes),
        ...(fields.has('proof') ? { proof: fields.bytes('proof', signatureBytes) } : {}),
      }
    case 'roster':
      return { ...head, kind, roster: rosterField(fields, 'roster') }
  }
}

function orderIn(fields: CborFields): Order {
  return {
    subject: fields.bytes('subject', hashBytes),
    body: fields.bytes('body', hashBytes),
    reference: referenceIn(fields),
    validUntil: fields.integer('validUntil'),
    quantity: units(fields),
    ...(fields.has('slip') ? { slip: fields.bytes('slip', slipKeyBytes) } : {}),
  }
}

/** CIDs and URLs are ASCII without blanks (RFC 3986 2): nothing in them steers a terminal. */
function referenceIn(fields: CborFields): string {
  const reference = fields.text('reference', maxReferenceBytes)
  if (!/^[!-~]*$/.test(reference)) throw fieldError('reference', 'printable ASCII without blanks')
  return reference
}

function changeIn(fields: CborFields): Change {
  return {
    prescription: fields.bytes('prescription', hashBytes),
    previous: fields.bytes('previous', hashBytes),
  }
}

const units = (fields: CborFields): number => fields.count('quantity', maxUint32, 1)

const claimsDomain = encodeUtf8('chartseal/ledger/v2/claims\0')

/** What is signed, a fresh copy: ES256 and ES256K take its SHA-256, which is the txid; Ed25519 takes all of it. */
export function signedBytesOf(claimsBytes: Uint8Array): Uint8Array {
  return concat(claimsDomain, claimsBytes)
}

/** The id of a record: its signatures are not in it. 32 bytes. */
export function txidOf(claimsBytes: Uint8Array): Uint8Array {
  return sha256(signedBytesOf(claimsBytes))
}

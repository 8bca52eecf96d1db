/** The messages of a pairing; byte tables: docs/spec/pairing.md. */
import { concat } from '@chartseal/core/bytes'
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { isVerifyingKey } from '@chartseal/core/ed25519'
import {
  type CborValue,
  decodeBase64Url,
  decodeCbor,
  encodeBase64Url,
  encodeCbor,
  encodeUtf8,
} from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { hkdf32 } from './chain.js'
import { type Epoch, maxEpoch, parseEpoch } from './epoch.js'
import { keyringError } from './errors.js'

const version = 3
const scheme = 'chartseal-pair:'
const maxBytes = 1024
const maxNameLength = 64
const sizeBytes = 32
const signatureBytes = 64
const maxTimeMs = 8.64e15
const ownFields = ['v', 'r', 'n', 'sk', 'ek']

export type Role = 'doctor' | 'patient'

/** Who is at the other end, as far as the messages say. */
export interface PairingPeer {
  readonly role: Role
  readonly name: string
  /** Ed25519, 32 bytes. */
  readonly verifyingKey: Uint8Array
}

/** What both messages say of the side that sends them. */
interface Introduction extends PairingPeer {
  /** X25519, 32 bytes, made for this pairing alone. */
  readonly ephemeralKey: Uint8Array
}

/** Payload A, shown as a QR. */
export interface Payload extends Introduction {
  readonly pairingSecret: Uint8Array
  readonly nonceHash: Uint8Array
  readonly firstEpoch: Epoch
  readonly notAfterMs: number
}

/** Answer B, without its signature and its MAC. */
export interface Answer extends Introduction {
  readonly nonce: Uint8Array
  readonly payloadHash: Uint8Array
}

/** `chartseal-pair:` and the payload in base64url: what the QR holds. It is secret. */
export function formatPairingUri(payload: Uint8Array): string {
  return `${scheme}${encodeBase64Url(payload)}`
}

/** @throws ChartsealError `keyring/pairing-invalid` */
export function parsePairingUri(uri: string): Uint8Array {
  if (!uri.startsWith(scheme)) throw invalid(`it must start with ${scheme}`)
  return checked(() => decodeBase64Url(uri.slice(scheme.length)))
}

export function encodePayload(payload: Payload): Uint8Array {
  return encodeCbor({
    ...introductionToCbor(payload),
    ps: payload.pairingSecret,
    nh: payload.nonceHash,
    e0: payload.firstEpoch,
    na: payload.notAfterMs,
  })
}

/** @throws ChartsealError `keyring/pairing-invalid`, `keyring/pairing-version` */
export function readPayload(bytes: Uint8Array): Payload {
  refuseLong(bytes)
  return checked(() => {
    const fields = fieldsOf(bytes, ['ps', 'nh', 'e0', 'na'])
    return {
      ...readIntroduction(fields),
      pairingSecret: fields.bytes('ps', sizeBytes),
      nonceHash: fields.bytes('nh', sizeBytes),
      firstEpoch: parseEpoch(fields.count('e0', maxEpoch)),
      notAfterMs: fields.count('na', maxTimeMs),
    }
  })
}

/** What side B signs to show that the signing key is its own. */
export function answerToSign(answer: Answer): Uint8Array {
  return concat(encodeUtf8('chartseal/pair-answer/v3'), encodeCbor(answerToCbor(answer)))
}

/** What side A signs, with nonce A out. */
export function revealToSign(transcript: Uint8Array): Uint8Array {
  return concat(encodeUtf8('chartseal/pair-reveal/v3'), transcript)
}

/** The answer with its signature and its MAC, which only someone who saw the QR can make. */
export function encodeAnswer(answer: Answer, signature: Uint8Array, pairingSecret: Uint8Array): Uint8Array {
  const fields = { ...answerToCbor(answer), sig: signature }
  return encodeCbor({ ...fields, mac: macOf(encodeCbor(fields), pairingSecret) })
}

/** An answer as it came: nothing in it is checked yet. */
export interface ReceivedAnswer {
  readonly answer: Answer
  readonly signature: Uint8Array
  readonly mac: Uint8Array
}

/** @throws ChartsealError `keyring/pairing-invalid`, `keyring/pairing-version` */
export function readAnswer(bytes: Uint8Array): ReceivedAnswer {
  refuseLong(bytes)
  return checked(() => {
    const fields = fieldsOf(bytes, ['nb', 'ph', 'sig', 'mac'])
    const nonces = { nonce: fields.bytes('nb', sizeBytes), payloadHash: fields.bytes('ph', sizeBytes) }
    return {
      answer: { ...readIntroduction(fields), ...nonces },
      signature: fields.bytes('sig', signatureBytes),
      mac: fields.bytes('mac', sizeBytes),
    }
  })
}

/** The MAC that belongs to an answer and its signature. */
export function answerMac({ answer, signature }: ReceivedAnswer, pairingSecret: Uint8Array): Uint8Array {
  return macOf(encodeCbor({ ...answerToCbor(answer), sig: signature }), pairingSecret)
}

function macOf(message: Uint8Array, pairingSecret: Uint8Array): Uint8Array {
  const key = hkdf32(pairingSecret, 'chartseal/pair-mac/v3')
  try {
    return hmac(sha256, key, message)
  } finally {
    key.fill(0)
  }
}

function answerToCbor(answer: Answer): { readonly [key: string]: CborValue } {
  return { ...introductionToCbor(answer), nb: answer.nonce, ph: answer.payloadHash }
}

function introductionToCbor(side: Introduction): { readonly [key: string]: CborValue } {
  refusePeer(side)
  return { v: version, r: side.role, n: side.name, sk: side.verifyingKey, ek: side.ephemeralKey }
}

/** Another version has other fields, so it is asked for first. */
function fieldsOf(bytes: Uint8Array, names: readonly string[]): CborFields {
  const value = decodeCbor(bytes)
  const found = fieldOf(value, 'v')
  if (typeof found === 'number' && found !== version)
    throw keyringError('keyring/pairing-version', { version: found })
  const fields = new CborFields(value, [...ownFields, ...names])
  fields.count('v', version, version)
  return fields
}

function readIntroduction(fields: CborFields): Introduction {
  const keys = { verifyingKey: fields.bytes('sk', sizeBytes), ephemeralKey: fields.bytes('ek', sizeBytes) }
  const side = { role: readRole(fields.text('r')), name: fields.text('n'), ...keys }
  refusePeer(side)
  return side
}

function readRole(text: string): Role {
  if (text === 'doctor' || text === 'patient') return text
  throw invalid('the role must be doctor or patient')
}

function refusePeer({ name, verifyingKey }: PairingPeer): void {
  if (plainName(name) !== name) throw invalid(`the name must have ${nameRule}`)
  if (!isVerifyingKey(verifyingKey)) throw invalid('the signing key is not an Ed25519 public key')
}

const nameRule = `1 to ${maxNameLength} characters in NFC, none of them invisible`

/** `null` for a name that pairing does not carry. */
function plainName(text: string): string | null {
  const name = text.normalize('NFC').trim()
  const sound = name.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)
  return sound && name.length > 0 && name.length <= maxNameLength ? name : null
}

/**
 * A name as pairing carries it: in NFC, without white space around it.
 * @throws ChartsealError `keyring/bad-name` for one that is empty, longer than 64 UTF-16 units, or has invisible
 * characters
 */
export function parsePersonName(text: string): string {
  const name = plainName(text)
  if (name === null) throw keyringError('keyring/bad-name', { reason: `it must have ${nameRule}` })
  return name
}

function refuseLong(bytes: Uint8Array): void {
  if (bytes.length > maxBytes) throw invalid(`it is longer than ${maxBytes} bytes`)
}

function checked<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChartsealError && /^(encoding|cbor)\//.test(error.code)) throw invalid(error.message)
    throw error
  }
}

export function invalid(reason: string): Error {
  return keyringError('keyring/pairing-invalid', { reason })
}

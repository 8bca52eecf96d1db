/** The two messages of a pairing; byte tables: docs/spec/pairing.md. */
import { CborFields } from '@chartseal/core/cbor'
import { isVerifyingKey } from '@chartseal/core/ed25519'
import { type CborValue, decodeBase64Url, encodeBase64Url, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type Epoch, maxEpoch, parseEpoch } from './epoch.js'
import { keyringError } from './errors.js'
import { hkdf32 } from './hkdf.js'

const version = 2
const scheme = 'chartseal-pair:'
const maxBytes = 1024
const maxNameLength = 64
const sizeBytes = 32
const maxTimeMs = 8.64e15
const ownFields = ['v', 'r', 'n', 'sk', 'ak']

export type Role = 'doctor' | 'patient'

/** Who is at the other end, as far as the messages say. */
export interface PairingPeer {
  readonly role: Role
  readonly name: string
  /** Ed25519, 32 bytes. */
  readonly verifyingKey: Uint8Array
  /** X25519, 32 bytes. */
  readonly agreementKey: Uint8Array
}

/** Payload A, shown as a QR. */
export interface Payload extends PairingPeer {
  readonly pairingSecret: Uint8Array
  readonly nonceHash: Uint8Array
  readonly firstEpoch: Epoch
  readonly notAfterMs: number
}

/** Answer B, without its MAC. */
export interface Answer extends PairingPeer {
  readonly nonce: Uint8Array
  readonly payloadHash: Uint8Array
}

/** `chartseal-pair:` and the payload in base64url: what the QR holds. It is secret. */
export function formatPairingUri(payload: Uint8Array): string {
  return `${scheme}${encodeBase64Url(payload)}`
}

/** @throws ChartsealError `keyring/pairing-invalid` */
export function parsePairingUri(uri: string): Uint8Array {
  if (!uri.startsWith(scheme)) throw invalid(`it does not start with ${scheme}`)
  return checked(() => decodeBase64Url(uri.slice(scheme.length)))
}

export function encodePayload(payload: Payload): Uint8Array {
  return encodeCbor({
    ...peerToCbor(payload),
    ps: payload.pairingSecret,
    nh: payload.nonceHash,
    e0: payload.firstEpoch,
    na: payload.notAfterMs,
  })
}

/** @throws ChartsealError `keyring/pairing-invalid` */
export function readPayload(bytes: Uint8Array): Payload {
  refuseLong(bytes)
  return checked(() => {
    const fields = CborFields.decode(bytes, [...ownFields, 'ps', 'nh', 'e0', 'na'])
    return {
      ...readPeer(fields),
      pairingSecret: fields.bytes('ps', sizeBytes),
      nonceHash: fields.bytes('nh', sizeBytes),
      firstEpoch: parseEpoch(fields.count('e0', maxEpoch)),
      notAfterMs: fields.count('na', maxTimeMs),
    }
  })
}

/** The answer with its MAC, which only someone who saw the QR can make. */
export function encodeAnswer(answer: Answer, pairingSecret: Uint8Array): Uint8Array {
  const fields = answerToCbor(answer)
  return encodeCbor({ ...fields, mac: macOf(encodeCbor(fields), pairingSecret) })
}

/** The answer and the MAC that it carries, not yet checked. @throws ChartsealError `keyring/pairing-invalid` */
export function readAnswer(bytes: Uint8Array): { answer: Answer; mac: Uint8Array } {
  refuseLong(bytes)
  return checked(() => {
    const fields = CborFields.decode(bytes, [...ownFields, 'nb', 'ph', 'mac'])
    const nonces = { nonce: fields.bytes('nb', sizeBytes), payloadHash: fields.bytes('ph', sizeBytes) }
    return { answer: { ...readPeer(fields), ...nonces }, mac: fields.bytes('mac', sizeBytes) }
  })
}

export function answerMac(answer: Answer, pairingSecret: Uint8Array): Uint8Array {
  return macOf(encodeCbor(answerToCbor(answer)), pairingSecret)
}

function macOf(message: Uint8Array, pairingSecret: Uint8Array): Uint8Array {
  const key = hkdf32(pairingSecret, 'chartseal/pair-mac/v2')
  try {
    return hmac(sha256, key, message)
  } finally {
    key.fill(0)
  }
}

function answerToCbor(answer: Answer): { readonly [key: string]: CborValue } {
  return { ...peerToCbor(answer), nb: answer.nonce, ph: answer.payloadHash }
}

function peerToCbor(peer: PairingPeer): { readonly [key: string]: CborValue } {
  refusePeer(peer)
  return { v: version, r: peer.role, n: peer.name, sk: peer.verifyingKey, ak: peer.agreementKey }
}

function readPeer(fields: CborFields): PairingPeer {
  fields.count('v', version, version)
  const keys = { verifyingKey: fields.bytes('sk', sizeBytes), agreementKey: fields.bytes('ak', sizeBytes) }
  const peer = { role: readRole(fields.text('r')), name: fields.text('n'), ...keys }
  refusePeer(peer)
  return peer
}

function readRole(text: string): Role {
  if (text === 'doctor' || text === 'patient') return text
  throw invalid('the role is neither doctor nor patient')
}

/** @throws ChartsealError `keyring/pairing-invalid` */
function refusePeer({ name, verifyingKey }: PairingPeer): void {
  const sound =
    name.isWellFormed() && name === name.normalize('NFC') && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)
  if (!sound || name.trim() !== name || name.length === 0 || name.length > maxNameLength) {
    throw invalid(`a name is 1 to ${maxNameLength} characters in NFC, none of them invisible`)
  }
  if (!isVerifyingKey(verifyingKey)) throw invalid('the signing key is not an Ed25519 public key')
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

/** Keys of signed notes (C2SP signed-note, "Verifier keys") and of cosignatures (C2SP tlog-cosignature). */
import { concat, equal, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { type SigningKey, sign, VerifyingKey, verify, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64, decodeHex, encodeBase64, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import { sha256 } from '@noble/hashes/sha2.js'
import { tlogError } from './errors.js'
import { type NoteSigner, type NoteVerifier, refuseName } from './note.js'

/** Signature types of C2SP signed-note that are understood here. Others, ML-DSA-44 (0x06) among them, are kept unread. */
const ed25519Type = 0x01
const cosignatureType = 0x04
const timestampBytes = 8
const maxTimestamp = 2n ** 63n - 1n

/** A witness's key: what it signs carries the time. */
export interface CosignatureVerifier extends NoteVerifier {
  /** Seconds since 1970 that the cosignature claims; meaningful once verified. */
  timestampOf(signature: Uint8Array): bigint
}

/** Signs notes with Ed25519 (type 0x01). The key stays the caller's. @throws ChartsealError `note/malformed`, `key/wiped` */
export function ed25519Signer(name: string, key: SigningKey): NoteSigner {
  const { keyId, verifierKey } = identify(name, ed25519Type, verifyingKeyOf(key))
  return { name, keyId, verifierKey, sign: text => sign(key, text) }
}

/**
 * Cosigns checkpoints as a witness does (type 0x04): a time, and a signature over it and the text.
 * @throws ChartsealError `note/malformed`, `key/wiped`; signing throws RangeError at a time before 1970-01-01T00:00:01Z
 */
export function cosigner(name: string, key: SigningKey, clock: Clock): NoteSigner {
  const { keyId, verifierKey } = identify(name, cosignatureType, verifyingKeyOf(key))
  return {
    name,
    keyId,
    verifierKey,
    sign: text => {
      const time = BigInt(Math.floor(clock.nowMs() / 1000))
      if (time <= 0n) throw new RangeError('a witness needs a clock that is right: the time must not be zero')
      return concat(fromBigIntBE(time, timestampBytes), sign(key, cosignedMessage(time, text)))
    },
  }
}

/**
 * The key in `name+hex+base64`, for notes signed with Ed25519; white space around it is left out.
 * @throws ChartsealError `note/bad-key`
 */
export function parseVerifierKey(text: string): NoteVerifier {
  const verifierKey = text.trim()
  const { name, keyId, type, key } = parseKey(verifierKey)
  if (type !== ed25519Type) throw badKey('its type is not Ed25519')
  return { name, keyId, verifierKey, verify: (text, signature) => verify(key, text, signature) }
}

/** The key of a witness. @throws ChartsealError `note/bad-key` */
export function parseCosignatureKey(text: string): CosignatureVerifier {
  const verifierKey = text.trim()
  const { name, keyId, type, key } = parseKey(verifierKey)
  if (type !== cosignatureType) throw badKey('its type is not cosignature/v1')
  return {
    name,
    keyId,
    verifierKey,
    timestampOf: signature => toBigIntBE(signature.subarray(0, timestampBytes)),
    verify: (text, signature) => {
      const time = toBigIntBE(signature.subarray(0, timestampBytes))
      if (time > maxTimestamp) return false
      return verify(key, cosignedMessage(time, text), signature.subarray(timestampBytes))
    },
  }
}

/** `name+id+key` of an Ed25519 key that signs notes, 32 bytes. @throws ChartsealError `note/malformed` for an invalid name */
export function verifierKeyOf(name: string, publicKey: Uint8Array): string {
  return identify(name, ed25519Type, publicKey).verifierKey
}

/** The Ed25519 key, 32 bytes, of either type: two keys are one witness when it is equal. @throws ChartsealError `note/bad-key` */
export function publicKeyOf(verifierKey: string): Uint8Array {
  return parseKey(verifierKey).key.toBytes()
}

interface ParsedKey {
  readonly name: string
  readonly keyId: Uint8Array
  readonly type: number
  readonly key: VerifyingKey
}

function parseKey(text: string): ParsedKey {
  const [name = '', id = '', material = '', ...others] = splitKey(text)
  if (others.length > 0 || !/^[0-9a-f]{8}$/.test(id)) throw badKey('it is not written name+id+key')
  try {
    refuseName(name)
    const [keyId, bytes] = [decodeHex(id), decodeBase64(material)]
    const [type = 0, publicKey] = [bytes[0], bytes.slice(1)]
    const key = VerifyingKey.of(publicKey)
    if (key === null) throw badKey('it holds no Ed25519 key')
    if (!equal(keyId, keyIdOf(name, type, publicKey))) throw badKey('its id does not belong to the key')
    return { name, keyId, type, key }
  } catch (cause) {
    if (cause instanceof ChartsealError && cause.code === 'note/bad-key') throw cause
    throw badKey('a part of it cannot be read')
  }
}

// Base64 may hold a plus; names and hexadecimal cannot.
function splitKey(text: string): readonly string[] {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  if (first < 0 || second < 0) return []
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)]
}

function identify(
  name: string,
  type: number,
  publicKey: Uint8Array,
): { readonly keyId: Uint8Array; readonly verifierKey: string } {
  refuseName(name)
  const keyId = keyIdOf(name, type, publicKey)
  const material = encodeBase64(concat(Uint8Array.of(type), publicKey))
  return { keyId, verifierKey: `${name}+${encodeHex(keyId)}+${material}` }
}

function keyIdOf(name: string, type: number, publicKey: Uint8Array): Uint8Array {
  return sha256(concat(encodeUtf8(`${name}\n`), Uint8Array.of(type), publicKey)).slice(0, 4)
}

function cosignedMessage(time: bigint, text: Uint8Array): Uint8Array {
  return concat(encodeUtf8(`cosignature/v1\ntime ${time}\n`), text)
}

function badKey(reason: string): Error {
  return tlogError('note/bad-key', { reason })
}

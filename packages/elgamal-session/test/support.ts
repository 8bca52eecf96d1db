/** A quick stand-in for ffdhe3072, and people with keys over it. */
import { createHash } from 'node:crypto'
import { encodeHex } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import {
  type Environment,
  fingerprintOf,
  interimGroup,
  interimPrimitives,
  type ParticipantId,
  type Primitives,
  parseParticipantId,
  type SigningKeyPair,
} from '@chartseal/elgamal-session/interim'
import { type EncryptionKeyPair, legacyElGamal } from '@chartseal/elgamal-session/v1'

// A safe prime of 320 bits: larger than a session secret, small enough for thousands of handshakes.
const p = 1843088929827738332483558550180024518294421942728015392954403913101081186145514298576552216281619n
const toy = { p, g: 4n }

const toInteger = (bytes: Uint8Array): bigint => BigInt(`0x${encodeHex(bytes) || '0'}`)

/** Bytes that depend on a seed only. */
export function seededRandom(seed: number): Random {
  let counter = 0
  return {
    bytes(sizeBytes) {
      const blocks: Uint8Array[] = []
      for (let size = 0; size < sizeBytes; size += 32) {
        blocks.push(createHash('sha256').update(`${seed}/${counter++}`).digest())
      }
      return Uint8Array.from(Buffer.concat(blocks).subarray(0, sizeBytes))
    },
  }
}

function exponent(random: Random): bigint {
  for (;;) {
    const value = toInteger(random.bytes(39)) | 1n
    if (value % ((p - 1n) / 2n) !== 0n) return value
  }
}

function pairOf<Use extends 'sign' | 'encrypt'>(use: Use, x: bigint) {
  const privateKey = new SecretBytes(Buffer.from(x.toString(16).padStart(80, '0'), 'hex'))
  return { use, privateKey, publicKey: { group: interimGroup, y: legacyElGamal.publicKey(toy, x) } }
}

const exponentOf = (pair: SigningKeyPair | EncryptionKeyPair): bigint => toInteger(pair.privateKey.reveal())

export const toyPrimitives: Primitives = {
  keyPair: random => pairOf('encrypt', exponent(random)),
  sign: (pair, message, random) =>
    legacyElGamal.sign(toy, exponentOf(pair), encodeHex(message), exponent(random)),
  verify: (key, message, signature) => legacyElGamal.verify(toy, key.y, encodeHex(message), signature),
  hash: interimPrimitives.hash,
  encrypt: (key, message, random) => legacyElGamal.encrypt(toy, key.y, message, exponent(random)),
  decrypt: (pair, ciphertext) => legacyElGamal.decrypt(toy, exponentOf(pair), ciphertext),
}

export interface Person {
  readonly id: ParticipantId
  readonly key: SigningKeyPair
  readonly fingerprint: ReturnType<typeof fingerprintOf>
}

/** Somebody with a toy key of his own. */
export function person(name: string, seed: number): Person {
  const key = pairOf('sign', exponent(seededRandom(seed)))
  return { id: parseParticipantId(name), key, fingerprint: fingerprintOf(key.publicKey, toyPrimitives.hash) }
}

export function environmentAt(nowMs: number, random: Random, primitives = toyPrimitives): Environment {
  return { nowMs, random, primitives }
}

/** Bytes that depend on a seed only, quickly made and good for nothing else. */
export function quickRandom(seed: number): Random {
  let state = seed >>> 0 || 1
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return { bytes: sizeBytes => Uint8Array.from({ length: sizeBytes }, () => next() & 0xff) }
}

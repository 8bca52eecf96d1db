/** Ed25519 and X25519 in JavaScript: for browsers, and the judge of what another backend refuses. */
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { equal, toBigIntBE } from '../bytes.js'
import type { Curves, X25519Public, X25519Secret } from './platform.js'

type Point = typeof ed25519.Point.BASE

export const curves: Curves = {
  ed25519Signer: seed => ({
    publicKey: () => ed25519.getPublicKey(seed),
    sign: message => ed25519.sign(message, seed),
  }),

  // The library's own `verify` is the cofactored equation; see `ed25519.ts`.
  ed25519Verifier(publicKey) {
    const encoded = Uint8Array.from(publicKey)
    const a = ed25519Point(encoded)
    return { verify: (message, signature) => a !== null && isEquation(a, encoded, message, signature) }
  },

  x25519Secret,
  x25519Ephemeral: random => x25519Secret(random.bytes(32)),
  x25519Public: bytes => ({ bytes }),
}

function x25519Secret(scalar: Uint8Array): X25519Secret {
  return {
    publicKey: () => x25519.getPublicKey(scalar),
    agree: theirs => x25519Agree(scalar, bytesOf(theirs)),
    wipe: () => void scalar.fill(0),
  }
}

function isEquation(a: Point, encoded: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const r = signature.subarray(0, 32)
  const { BASE, Fn } = ed25519.Point
  const k = Fn.create(littleEndian(sha512.create().update(r).update(encoded).update(message).digest()))
  const s = littleEndian(signature.subarray(32))
  return equal(BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes(), r)
}

/** ZIP-215: points in any encoding, of any order; S below the order; [8][S]B = [8]R + [8][k]A. */
export function isZip215(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: true })
  } catch {
    return false
  }
}

/** The point of a canonical encoding (RFC 8032 5.1.3), or `null`. */
export function ed25519Point(encoded: Uint8Array): Point | null {
  try {
    return ed25519.Point.fromBytes(encoded, false)
  } catch {
    return null
  }
}

export function bytesOf(theirs: Uint8Array | X25519Public): Uint8Array {
  return theirs instanceof Uint8Array ? theirs : theirs.bytes
}

/** Lengths are right, so the library refuses small orders only. */
export function x25519Agree(scalar: Uint8Array, theirPublicKey: Uint8Array): Uint8Array | null {
  try {
    return x25519.getSharedSecret(scalar, theirPublicKey)
  } catch {
    return null
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return toBigIntBE(Uint8Array.from(bytes).reverse())
}

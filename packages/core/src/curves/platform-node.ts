/**
 * Ed25519 and X25519 by OpenSSL, 10 to 30 times as fast as in JavaScript. Keys are imported as JWK, which takes Node 20 a
 * tenth of the time that DER takes, but for public keys on Node 24; the text of a private key in between cannot be wiped. Never exported as JWK: on
 * Node 20 that stops a process for ever, once in some thousand fresh keys.
 */
import { Buffer } from 'node:buffer'
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import type { Random } from '../ports.js'
import { isSystemRandom } from '../system.js'
import type { Curves, Ed25519Signer, Ed25519Verifier, X25519Public, X25519Secret } from './platform.js'
import { bytesOf, x25519Agree } from './platform-web.js'

type Curve = 'Ed25519' | 'X25519'

export const curves: Curves = {
  ed25519Signer,
  ed25519Verifier,
  x25519Secret,
  x25519Ephemeral,
  x25519Public: publicKey => new ImportedPublic(publicKey),
}

function ed25519Signer(seed: Uint8Array): Ed25519Signer {
  const key = privateKeyOf('Ed25519', seed)
  let publicKey: Uint8Array | null = null
  return {
    publicKey() {
      publicKey ??= rawPublicKey(key)
      return Uint8Array.from(publicKey)
    },
    sign: message => Uint8Array.from(sign(null, message, key)),
  }
}

// OpenSSL takes any 32 bytes for a key, and verifies nothing with what is no point.
function ed25519Verifier(publicKey: Uint8Array): Ed25519Verifier {
  const key = publicKeyOf('Ed25519', publicKey)
  return { verify: (message, signature) => verify(null, message, key, signature) }
}

function x25519Secret(scalar: Uint8Array): X25519Secret {
  const privateKey = privateKeyOf('X25519', scalar)
  return {
    // RFC 7748 6.1: a public key is the product with the base point. An export as SPKI takes longer.
    publicKey: () => product(privateKey, base()) ?? new Uint8Array(32),
    // OpenSSL refuses an answer of zero; whatever else it refused would be answered here.
    agree: theirs => product(privateKey, imported(theirs)) ?? x25519Agree(scalar, bytesOf(theirs)),
    wipe: () => void scalar.fill(0),
  }
}

/** Node 24 gives a public key out as it is: making a pair then takes a third of what a private key of bytes takes. */
function x25519Ephemeral(random: Random): X25519Secret {
  if (!exportsRaw() || !isSystemRandom(random)) return x25519Secret(random.bytes(32))
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  return {
    publicKey: () => rawOrNull(publicKey) ?? new Uint8Array(32),
    agree: theirs => product(privateKey, imported(theirs)),
    // OpenSSL clears its copy when the object is collected.
    wipe() {},
  }
}

/** Taken in once: an import takes Node 24 nearly as long as an agreement. */
class ImportedPublic implements X25519Public {
  readonly bytes: Uint8Array
  readonly key: KeyObject

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.key = publicKeyOf('X25519', bytes)
  }
}

function imported(theirs: Uint8Array | X25519Public): KeyObject {
  return theirs instanceof ImportedPublic ? theirs.key : publicKeyOf('X25519', bytesOf(theirs))
}

let basePoint: KeyObject | undefined

function base(): KeyObject {
  basePoint ??= fromJwk('X25519', Uint8Array.of(9, ...new Uint8Array(31)))
  return basePoint
}

let canExport: boolean | undefined

function exportsRaw(): boolean {
  canExport ??= rawOrNull(base()) !== null
  return canExport
}

function rawOrNull(publicKey: KeyObject): Uint8Array | null {
  try {
    return Uint8Array.from(publicKey.export({ format: 'raw-public' }))
  } catch {
    return null
  }
}

/** `null` for zero. */
function product(privateKey: KeyObject, publicKey: KeyObject): Uint8Array | null {
  try {
    return owned(diffieHellman({ privateKey, publicKey }))
  } catch {
    return null
  }
}

/** A copy, and nothing left in memory that Node may share with others. */
function owned(secret: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(secret)
  secret.fill(0)
  return copy
}

// RFC 8410 4, in base64: everything before the 32 bytes, which begin a group of their own.
const spkiHeads = { Ed25519: 'MCowBQYDK2VwAyEA', X25519: 'MCowBQYDK2VuAyEA' } as const

/**
 * Node 24 asks of each object whether it is a key by what it throws otherwise, which takes two thirds of an import: a
 * text is not asked. Node 20 takes ten times as long to read one.
 */
function publicKeyOf(crv: Curve, bytes: Uint8Array): KeyObject {
  return exportsRaw() ? fromPem(crv, bytes) : fromJwk(crv, bytes)
}

function fromJwk(crv: Curve, bytes: Uint8Array): KeyObject {
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv, x: base64Url(bytes) } })
}

function fromPem(crv: Curve, bytes: Uint8Array): KeyObject {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${spkiHeads[crv]}${text}\n-----END PUBLIC KEY-----\n`)
}

/**
 * OpenSSL works the public key out itself, and Node only asks that there be an `x`. An empty one can never be taken for
 * a key: with the public key of somebody else a signature would give the private key away.
 */
function privateKeyOf(crv: Curve, bytes: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv, x: '', d: base64Url(bytes) } })
  } catch {
    return fromPkcs8(crv, bytes)
  }
}

// RFC 8410 7: everything before the 32 bytes.
const pkcs8Heads = {
  Ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
  X25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
} as const

function fromPkcs8(crv: Curve, bytes: Uint8Array): KeyObject {
  const der = Buffer.concat([pkcs8Heads[crv], bytes])
  try {
    return createPrivateKey({ format: 'der', type: 'pkcs8', key: der })
  } finally {
    der.fill(0)
  }
}

/** The last 32 bytes of SPKI (RFC 8410 4): as PEM, one line, for which Node 20 needs half of the time that DER takes. */
function rawPublicKey(key: KeyObject): Uint8Array {
  const [, line = ''] = createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString().split('\n')
  return Uint8Array.from(Buffer.from(line, 'base64').subarray(-32))
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}

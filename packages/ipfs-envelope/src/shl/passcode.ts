/** The verifier of a passcode: what a server keeps in its place. PBKDF2-HMAC-SHA256 (RFC 8018 5.2). */
import { equal, ownBuffer } from '@chartseal/core/bytes'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { shlError } from './errors.js'

const saltBytes = 16
const hashBytes = 32
const defaultIterations = 600_000
/** A server works no longer than that for anybody. */
const maxIterations = 1_000_000
const grammar = /^pbkdf2-sha256:([1-9]\d{0,6}):([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]{43})$/

/**
 * `pbkdf2-sha256:ITERATIONS:SALT:HASH`, salt and hash in base64url. A short passcode can be guessed from it: what protects the
 * link is that the server counts wrong passcodes, and that the key of the files is not at the server.
 * @throws RangeError for an empty passcode
 */
export async function makePasscodeVerifier(
  passcode: string,
  { random = systemRandom, iterations = defaultIterations }: VerifierOptions = {},
): Promise<string> {
  if (passcode.trim() === '') throw new RangeError('passcode must not be empty')
  const salt = random.bytes(saltBytes)
  const hash = await stretch(passcode, salt, iterations)
  return `pbkdf2-sha256:${iterations}:${encodeBase64Url(salt)}:${encodeBase64Url(hash)}`
}

export interface VerifierOptions {
  readonly random?: Random
  /** For tests; 600,000 by default. */
  readonly iterations?: number
}

export interface Verifier {
  readonly iterations: number
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

/** @throws ChartsealError `shl/bad-verifier` */
export function parsePasscodeVerifier(text: string): Verifier {
  const [whole, count = '', salt = '', hash = ''] = grammar.exec(text) ?? []
  if (whole === undefined) throw badVerifier('pbkdf2-sha256:ITERATIONS:SALT:HASH')
  const iterations = Number(count)
  if (iterations > maxIterations) throw badVerifier(`it must have at most ${maxIterations} iterations`)
  return { iterations, salt: bytesOf(salt), hash: bytesOf(hash) }
}

function bytesOf(text: string): Uint8Array {
  try {
    return decodeBase64Url(text)
  } catch {
    throw badVerifier('salt and hash must be base64url')
  }
}

/** Whether it is that passcode, in whatever way its letters were typed (NFC). @throws ChartsealError `shl/bad-verifier` */
export async function isPasscode(verifier: string, passcode: string): Promise<boolean> {
  const { iterations, salt, hash } = parsePasscodeVerifier(verifier)
  return passcode.isWellFormed() && equal(await stretch(passcode, salt, iterations), hash)
}

async function stretch(passcode: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  const secret = ownBuffer(encodeUtf8(passcode.normalize('NFC')))
  const key = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits'])
  secret.fill(0)
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: ownBuffer(salt), iterations }
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, hashBytes * 8))
}

const badVerifier = (reason: string): Error => shlError('shl/bad-verifier', { reason })

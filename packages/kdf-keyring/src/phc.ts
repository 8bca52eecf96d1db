/** Parameters of a passphrase as a PHC string, in one spelling. Grammar and limits: docs/spec/keyring-v2.md. */
import { decodeBase64, encodeBase64 } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { keyringError } from './errors.js'

const saltBytes = 16

export interface Argon2idParameters {
  readonly algorithm: 'argon2id'
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  readonly salt: Uint8Array
}

export interface Pbkdf2Parameters {
  readonly algorithm: 'pbkdf2-sha256'
  readonly iterations: number
  readonly salt: Uint8Array
}

export type PassphraseParameters = Argon2idParameters | Pbkdf2Parameters

/** From OWASP's minimum to what a machine of 2 GiB still does. */
const limits = {
  memoryKiB: [19_456, 1_048_576],
  passes: [2, 16],
  lanes: [1, 4],
  iterations: [600_000, 10_000_000],
} as const
/** Memory times passes: one opening writes at most 4 GiB. */
const maxWorkKiB = 4_194_304

const number = '([1-9][0-9]{0,7})'
const argon2id = new RegExp(
  `^\\$argon2id\\$v=19\\$m=${number},t=${number},p=${number}\\$([A-Za-z0-9+/]{22})$`,
)
const pbkdf2 = new RegExp(`^\\$pbkdf2-sha256\\$i=${number}\\$([A-Za-z0-9+/]{22})$`)

/** Argon2id with 64 MiB, 3 passes and one lane, and a fresh salt. */
export function newArgon2id(random: Random): Argon2idParameters {
  return { algorithm: 'argon2id', memoryKiB: 65_536, passes: 3, lanes: 1, salt: random.bytes(saltBytes) }
}

/** Argon2id with 19 MiB, 2 passes and one lane: the least that is read. */
export function leastArgon2id(random: Random): Argon2idParameters {
  return { ...newArgon2id(random), memoryKiB: limits.memoryKiB[0], passes: limits.passes[0] }
}

/** PBKDF2-HMAC-SHA256 with 600,000 iterations, and a fresh salt. */
export function newPbkdf2(random: Random): Pbkdf2Parameters {
  return { algorithm: 'pbkdf2-sha256', iterations: 600_000, salt: random.bytes(saltBytes) }
}

/** @throws ChartsealError `keyring/bad-phc` for parameters that `parsePhc` refuses */
export function formatPhc(parameters: PassphraseParameters): string {
  refuseUnsound(parameters)
  const salt = encodeBase64(parameters.salt).replace(/=+$/, '')
  if (parameters.algorithm === 'pbkdf2-sha256') return `$pbkdf2-sha256$i=${parameters.iterations}$${salt}`
  const { memoryKiB, passes, lanes } = parameters
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${salt}`
}

/** @throws ChartsealError `keyring/bad-phc` */
export function parsePhc(text: string): PassphraseParameters {
  const parameters = parseArgon2id(text) ?? parsePbkdf2(text)
  if (parameters === null) throw bad('not $argon2id$ or $pbkdf2-sha256$ in canonical form')
  refuseUnsound(parameters)
  return parameters
}

function parseArgon2id(text: string): Argon2idParameters | null {
  const [, memory, passes, lanes, salt] = argon2id.exec(text) ?? []
  if (salt === undefined) return null
  const sizes = { memoryKiB: Number(memory), passes: Number(passes), lanes: Number(lanes) }
  return { algorithm: 'argon2id', ...sizes, salt: parseSalt(salt) }
}

function parsePbkdf2(text: string): Pbkdf2Parameters | null {
  const [, iterations, salt] = pbkdf2.exec(text) ?? []
  if (salt === undefined) return null
  return { algorithm: 'pbkdf2-sha256', iterations: Number(iterations), salt: parseSalt(salt) }
}

function parseSalt(text: string): Uint8Array {
  try {
    return decodeBase64(`${text}==`)
  } catch {
    throw bad('the salt is not canonical base64')
  }
}

function refuseUnsound(parameters: PassphraseParameters): void {
  if (parameters.salt.length !== saltBytes) throw bad(`the salt has ${saltBytes} bytes`)
  if (parameters.algorithm === 'pbkdf2-sha256') {
    refuseOutside('iterations', parameters.iterations)
    return
  }
  refuseOutside('memoryKiB', parameters.memoryKiB)
  refuseOutside('passes', parameters.passes)
  refuseOutside('lanes', parameters.lanes)
  if (parameters.memoryKiB * parameters.passes > maxWorkKiB) throw bad('memory times passes is too heavy')
}

function refuseOutside(name: keyof typeof limits, value: number): void {
  const [min, max] = limits[name]
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw bad(`${name} from ${min} to ${max} are taken`)
}

function bad(reason: string): Error {
  return keyringError('keyring/bad-phc', { reason })
}

/**
 * What the seed hashes and signs: decimal numbers and texts, concatenated without separators, in UTF-8.
 *
 * Weak by design: fields run into each other (a signature for (12, 345) is one for (123, 45)); the session
 * number has less than 17 bits, and the verifier, which is sent in clear, shows whether a guess is right.
 */
import { concat } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Ciphertext } from './legacy-elgamal.js'

/** The only id that the seed's doctor has. */
export const seedDoctorId = 'GWN_Doctor_1'

/** The public values of a handshake, and the session number that both ends know in the end. */
export interface SessionInputs {
  /** Already reduced modulo p. */
  readonly sessionNumber: bigint
  /** Seconds since 1970. */
  readonly tsPatient: bigint
  readonly tsDoctor: bigint
  readonly rnPatient: bigint
  readonly rnDoctor: bigint
  readonly idPatient: string
  readonly idDoctor: string
}

/** 64 hex digits. */
export function deriveSessionKey(inputs: SessionInputs): string {
  const { sessionNumber, tsPatient, tsDoctor, rnPatient, rnDoctor, idPatient, idDoctor } = inputs
  return hashText(sessionNumber, tsPatient, tsDoctor, rnPatient, rnDoctor, idPatient, idDoctor)
}

/** What the patient shows at the end of the handshake, 64 hex digits; sent in clear. */
export function deriveVerifier(sessionKey: string, tsPatientFinal: bigint): string {
  return hashText(sessionKey, tsPatientFinal)
}

/** Signed by the patient in opcode 10. Names the doctor and not, as the README promises, the patient. */
export function requestText(ts: bigint, rn: bigint, idDoctor: string, { c1, c2 }: Ciphertext): string {
  return joined(ts, rn, idDoctor, c1, c2)
}

/** Signed by the doctor in opcode 20; names the patient. */
export function responseText(ts: bigint, rn: bigint, idPatient: string, { c1, c2 }: Ciphertext): string {
  return joined(ts, rn, idPatient, c1, c2)
}

/**
 * One patient's part of the group key: the session key in hex, the integer of a session in mid-handshake,
 * or `null` where there is none yet.
 */
export interface GroupKeyPart {
  readonly idPatient: string
  readonly sessionKey: string | bigint | null
}

/** What is hashed for the group key: the parts in the order of the ids, then the doctor's private key. */
export function groupKeyInput(parts: readonly GroupKeyPart[], doctorPrivateKey: bigint): string {
  const sorted = [...parts].sort((a, b) => compareCodePoints(a.idPatient, b.idPatient))
  return `${sorted.map(part => part.sessionKey ?? '').join('')}${doctorPrivateKey}`
}

/** 64 hex digits. Weak by design: half-open sessions enter, no epoch, nothing fresh. */
export function deriveGroupKey(parts: readonly GroupKeyPart[], doctorPrivateKey: bigint): string {
  return hashText(groupKeyInput(parts, doctorPrivateKey))
}

/** Order by code point, which JavaScript's own order by UTF-16 unit is not. */
export function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function joined(...fields: readonly (string | bigint)[]): string {
  return fields.join('')
}

function hashText(...fields: readonly (string | bigint)[]): string {
  return encodeHex(sha256(concat(...fields.map(field => encodeUtf8(`${field}`)))))
}

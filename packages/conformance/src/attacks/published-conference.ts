/** The doctor's end of MedChatSecure as far as it decides who somebody is: docs/errata.md, C4 to C6, C13 and C14. */
import { toBigIntBE } from '@chartseal/core/bytes'
import { decodeHex } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import {
  type Ciphertext,
  deriveSessionKey,
  legacyElGamal,
  type Parameters,
  requestText,
  type Signature,
  seedDoctorId,
} from '@chartseal/elgamal-session/v1'

/** A prime as the published code draws them: ten to twelve bits. */
export const publishedGroup: Parameters = { p: 1019n, g: 2n }
const publishedBlockMs = 120_000

/** Opcode 10: who somebody says they are, and the key with which that is to be checked. */
export interface Verification {
  readonly idPatient: string
  readonly publicKey: bigint
  readonly tsPatient: bigint
  readonly rnPatient: bigint
  /** The session number, for the doctor. */
  readonly number: Ciphertext
  readonly signature: Signature
}

export class PublishedDoctor {
  readonly publicKey: bigint
  /** Session keys by the id that opcode 10 named. */
  readonly sessions: Map<string, Uint8Array> = new Map()
  readonly #privateKey: bigint
  readonly #clock: Clock
  readonly #blockedUntilMs = new Map<string, number>()

  constructor({ random, clock }: { readonly random: Random; readonly clock: Clock }) {
    this.#clock = clock
    this.#privateKey = smallNumber(random)
    this.publicKey = legacyElGamal.publicKey(publishedGroup, this.#privateKey)
  }

  isBlocked(id: string): boolean {
    return (this.#blockedUntilMs.get(id) ?? 0) > this.#clock.nowMs()
  }

  /** The signature is checked with the key beside it, over the doctor's id; when it is bad, whoever was named is blocked. */
  verification(frame: Verification): void {
    const { idPatient, tsPatient, rnPatient, number, publicKey, signature } = frame
    const signed = requestText(tsPatient, rnPatient, seedDoctorId, number)
    if (!legacyElGamal.verify(publishedGroup, publicKey, signed, signature)) {
      this.sessions.delete(idPatient)
      this.#blockedUntilMs.set(idPatient, this.#clock.nowMs() + publishedBlockMs)
      return
    }
    const sessionNumber = legacyElGamal.decrypt(publishedGroup, this.#privateKey, number)
    this.sessions.set(idPatient, sessionKeyOf(frame, sessionNumber))
  }
}

/** What a patient of the published design sends, and keeps. */
export interface PublishedPatient {
  readonly frame: Verification
  readonly sessionKey: Uint8Array
}

export function publishedPatient(idPatient: string, doctorKey: bigint, random: Random): PublishedPatient {
  const privateKey = smallNumber(random)
  const sessionNumber = smallNumber(random)
  const number = legacyElGamal.encrypt(publishedGroup, doctorKey, sessionNumber, smallNumber(random))
  const head = { idPatient, tsPatient: 1_764_428_400n, rnPatient: toBigIntBE(random.bytes(4)) }
  const signed = requestText(head.tsPatient, head.rnPatient, seedDoctorId, number)
  const frame = {
    ...head,
    publicKey: legacyElGamal.publicKey(publishedGroup, privateKey),
    number,
    signature: legacyElGamal.signFresh(publishedGroup, privateKey, signed, random),
  }
  return { frame, sessionKey: sessionKeyOf(frame, sessionNumber) }
}

/** Public but for the number. */
export function sessionKeyOf(
  { idPatient, tsPatient, rnPatient }: Pick<Verification, 'idPatient' | 'tsPatient' | 'rnPatient'>,
  sessionNumber: bigint,
): Uint8Array {
  const doctor = { tsDoctor: tsPatient + 1n, rnDoctor: 1234n, idDoctor: seedDoctorId }
  return decodeHex(deriveSessionKey({ sessionNumber, tsPatient, rnPatient, idPatient, ...doctor }))
}

/** From 2 to p - 2. */
function smallNumber(random: Random): bigint {
  const [high = 0, low = 0] = random.bytes(2)
  return 2n + (BigInt(high * 256 + low) % (publishedGroup.p - 3n))
}

const mostBytes = 4096

/** One read of a socket is one frame: the first object of it is taken, and the rest is gone. */
export function readAsPublished(socket: readonly Uint8Array[]): readonly string[] {
  return socket.map(chunk => {
    const text = new TextDecoder().decode(chunk.subarray(0, mostBytes))
    return text.slice(0, text.indexOf('}') + 1)
  })
}

/** The keys of a conference of many, made from one seed: processes agree on them without sending any. */
import { concat } from '@chartseal/core/bytes'
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { sha256 } from '@chartseal/core/hkdf'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom as random } from '@chartseal/core/system'
import type { ConferenceKeys, EnrolledPatient, SeatKeys } from '@chartseal/elgamal-session'
import { StaticKey } from '@chartseal/elgamal-session/noise'

const suite = '25519' as const

/** What a process needs to know to be any of the patients; in hexadecimal where it is bytes. */
export interface SeatSource {
  readonly id: string
  readonly seed: string
  readonly doctorStatic: string
  readonly doctorSigning: string
}

/** What a doctor knows, and what patients are made from. */
export interface Assembly {
  readonly keys: ConferenceKeys
  readonly source: SeatSource
  /** So many patients from the first one on. */
  enrolled(count: number): readonly EnrolledPatient[]
}

export function newAssembly(): Assembly {
  const staticKey = pairOf(StaticKey.generate(suite, random))
  const signingKey = SigningKey.generate(random)
  const keys: ConferenceKeys = { id: random.bytes(16), suite, staticKey, signingKey }
  const source = {
    id: hex(keys.id),
    seed: hex(random.bytes(32)),
    doctorStatic: hex(staticKey.publicKey),
    doctorSigning: hex(verifyingKeyOf(signingKey)),
  }
  const patientOf = (index: number): EnrolledPatient => {
    const seat = seatOf(source, index)
    return { name: nameOf(index), staticKey: seat.staticKey.publicKey, psk: seat.psk }
  }
  return { keys, source, enrolled: count => Array.from({ length: count }, (_, i) => patientOf(i)) }
}

export const conferenceOf = ({ id }: SeatSource): Uint8Array => bytesOf(id)
export const nameOf = (index: number): string => `p${index}`

/** What the device of this patient keeps. */
export function seatOf(source: SeatSource, index: number): SeatKeys {
  const privateKey = new SecretBytes(drawn(source, 'static', index))
  return {
    id: bytesOf(source.id),
    suite,
    staticKey: pairOf(new StaticKey(suite, privateKey)),
    doctorStatic: bytesOf(source.doctorStatic),
    doctorSigning: bytesOf(source.doctorSigning),
    psk: new SecretBytes(drawn(source, 'psk', index)),
  }
}

function pairOf(key: StaticKey): ConferenceKeys['staticKey'] {
  return { privateKey: new SecretBytes(key.reveal()), publicKey: key.publicKey }
}

function drawn({ seed }: SeatSource, what: string, index: number): Uint8Array {
  return sha256(concat(bytesOf(seed), encodeUtf8(`${what} ${index}`)))
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

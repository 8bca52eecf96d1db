/** Two sides of a handshake, and what they know. */
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import {
  createHandshake,
  type Handshake,
  type PatternName,
  StaticKey,
  type Suite,
} from '@chartseal/elgamal-session/noise'
import { seededRandom } from './support.js'

export const suites: readonly Suite[] = ['25519', 'ffdhe3072']
export const patternNames: readonly PatternName[] = ['IKpsk2', 'NNpsk0']

export interface Pair {
  readonly patient: Handshake
  readonly doctor: Handshake
}

/** What two sides were given; a test changes a part of it. */
export interface Known {
  readonly suite: Suite
  readonly doctorKey: StaticKey
  readonly patientKey: StaticKey
  readonly psk: SecretBytes
  readonly prologue: Uint8Array
  readonly random: Random
}

export function known(suite: Suite, seed = 1): Known {
  const random = seededRandom(seed)
  return {
    suite,
    random,
    doctorKey: StaticKey.generate(suite, random),
    patientKey: StaticKey.generate(suite, random),
    psk: new SecretBytes(random.bytes(32)),
    prologue: random.bytes(20),
  }
}

export function patientOf(pattern: PatternName, { suite, prologue, random, psk, ...keys }: Known): Handshake {
  const common = { suite, prologue, random, psk, role: 'initiator' } as const
  if (pattern === 'NNpsk0') return createHandshake({ ...common, pattern })
  const { patientKey: staticKey, doctorKey } = keys
  return createHandshake({ ...common, pattern, staticKey, theirStatic: doctorKey.publicKey })
}

/** A doctor who knows one patient. */
export function doctorOf(pattern: PatternName, { suite, prologue, random, psk, ...keys }: Known): Handshake {
  const common = { suite, prologue, random, role: 'responder' } as const
  if (pattern === 'NNpsk0') return createHandshake({ ...common, pattern, psk })
  const { patientKey, doctorKey: staticKey } = keys
  const enrolled = Buffer.from(patientKey.publicKey).toString('hex')
  const pskOf = (theirs: Uint8Array): SecretBytes | null =>
    Buffer.from(theirs).toString('hex') === enrolled ? psk : null
  return createHandshake({ ...common, pattern, staticKey, pskOf })
}

export const pairOf = (pattern: PatternName, given: Known): Pair => ({
  patient: patientOf(pattern, given),
  doctor: doctorOf(pattern, given),
})

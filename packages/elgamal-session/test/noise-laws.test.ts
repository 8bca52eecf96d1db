import { createHash, hkdfSync } from 'node:crypto'
import { openAt, sealAt } from '@chartseal/core/aead'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { finishHandshake, publicKeyBytesOf, StaticKey, workHandshake } from '@chartseal/elgamal-session/noise'
import { groups } from '@chartseal/elgamal-session/v1'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dh25519 } from '../dist/noise/dh-25519.js'
import { HandshakeState } from '../dist/noise/handshake-state.js'
import { patterns } from '../dist/noise/patterns.js'
import { type Known, known, pairOf, patientOf, patternNames, suites } from './noise-support.js'
import { seededRandom } from './support.js'

const any = fc.uint8Array({ maxLength: 200 })
const noAad = new Uint8Array()
const runsFor = (suite: string) => (suite === '25519' ? propertyRuns(60, 20) : propertyRuns(3, 1))
const cases = suites.flatMap(suite => patternNames.map(pattern => [pattern, suite] as const))

describe.each(cases)('%s over %s', (pattern, suite) => {
  it('carries both payloads and leaves both sides with the same secrets, the keys crossed', () => {
    const law = fc.property(fc.nat(1_000), any, any, (seed, hello, answer) => {
      const { patient, doctor } = pairOf(pattern, known(suite, seed))
      expect(doctor.read(patient.write(hello))).toEqual(hello)
      expect(patient.read(doctor.write(answer))).toEqual(answer)
      const [patients, doctors] = [patient.split(), doctor.split()]
      expect(patients.handshakeHash).toEqual(doctors.handshakeHash)
      expect(patients.resumptionSecret.reveal()).toEqual(doctors.resumptionSecret.reveal())
      expect(patients.send.reveal()).toEqual(doctors.receive.reveal())
      expect(patients.receive.reveal()).toEqual(doctors.send.reveal())
      const secrets = [patients.send, patients.receive, patients.resumptionSecret].map(secret =>
        secret.reveal().join(),
      )
      expect(new Set(secrets).size).toBe(3)
    })
    fc.assert(law, runsFor(suite))
  })

  it('gives the same bytes and secrets in two steps, of which the first knows no patient', () => {
    const law = fc.property(fc.nat(1_000), any, (seed, payload) => {
      const [given, again] = [known(suite, seed), known(suite, seed)]
      const { patient, doctor } = pairOf(pattern, given)
      const message = patientOf(pattern, again).write(payload)
      expect(patient.write(payload)).toEqual(message)
      doctor.read(message)
      const { prologue, random, doctorKey: staticKey, psk, patientKey } = again
      const work = { pattern, suite, prologue, message, psk: pattern === 'NNpsk0' ? psk.reveal() : null }
      const worked = workHandshake(work, { staticKey, random })
      if (worked === null) throw new Error('it does not open')
      expect(worked.theirStatic).toEqual(pattern === 'IKpsk2' ? patientKey.publicKey : null)
      const finished = finishHandshake(worked, { psk: pattern === 'IKpsk2' ? psk : null, payload })
      expect(finished.message).toEqual(doctor.write(payload))
      const [ours, theirs] = [finished.secrets, doctor.split()]
      expect(ours.handshakeHash).toEqual(theirs.handshakeHash)
      for (const name of ['send', 'receive', 'resumptionSecret'] as const)
        expect(ours[name].reveal()).toEqual(theirs[name].reveal())
      expect([...worked.chainingKey, ...worked.key].every(byte => byte === 0)).toBe(true)
    })
    fc.assert(law, runsFor(suite))
  })

  it('makes messages of one length for every payload of one length', () => {
    const { patient, doctor } = pairOf(pattern, known(suite))
    const keyBytes = publicKeyBytesOf(suite)
    const hello = patient.write(new Uint8Array(10))
    const statics = pattern === 'IKpsk2' ? keyBytes + 16 : 0
    expect(hello.length).toBe(keyBytes + statics + 10 + 16)
    doctor.read(hello)
    expect(doctor.write(new Uint8Array(7)).length).toBe(keyBytes + 7 + 16)
  })

  it('ends with other secrets each time, for the same keys and the same psk', () => {
    const given = known(suite)
    const first = complete(pattern, given)
    const second = complete(pattern, { ...given, random: systemRandom })
    expect(first.handshakeHash).not.toEqual(second.handshakeHash)
    expect(first.send.reveal()).not.toEqual(second.send.reveal())
    expect(first.resumptionSecret.reveal()).not.toEqual(second.resumptionSecret.reveal())
  })
})

function complete(pattern: (typeof patternNames)[number], given: Known) {
  const { patient, doctor } = pairOf(pattern, given)
  doctor.read(patient.write(noAad))
  patient.read(doctor.write(noAad))
  return patient.split()
}

describe('a handshake', () => {
  it('resumes with the secret that it left, and not with its keys', () => {
    const given = known('25519')
    const { send, resumptionSecret } = complete('IKpsk2', given)
    const resumed = complete('NNpsk0', { ...given, psk: resumptionSecret })
    expect(openAt(resumed.send, 1n, sealAt(resumed.send, 1n, Uint8Array.of(9), noAad), noAad)).toEqual(
      Uint8Array.of(9),
    )
    expect(resumed.send.reveal()).not.toEqual(send.reveal())
  })

  it('gives the static key of the patient out once it was read, as a copy', () => {
    const given = known('25519')
    const { patient, doctor } = pairOf('IKpsk2', given)
    expect(doctor.theirStatic).toBeNull()
    doctor.read(patient.write(noAad))
    expect(doctor.theirStatic).toEqual(given.patientKey.publicKey)
    doctor.theirStatic?.fill(0)
    expect(doctor.theirStatic).toEqual(given.patientKey.publicKey)
    expect(patient.theirStatic).toEqual(given.doctorKey.publicKey)
    expect([patient.isComplete, doctor.isComplete]).toEqual([false, false])
    patient.read(doctor.write(noAad))
    expect([patient.isComplete, doctor.isComplete]).toEqual([true, true])
  })

  // The first message of NNpsk0, from sections 5 and 9 of the specification, with node:crypto alone.
  it('is the one of the specification, step by step', () => {
    const given = known('25519', 5)
    const message = pairOf('NNpsk0', given).patient.write(Uint8Array.of(1, 2, 3))
    const ephemeral = message.subarray(0, 32)
    const name = Buffer.from('Noise_NNpsk0_25519_AESGCM_SHA256')
    const [chainingKey, mixed] = hkdf(name, given.psk.reveal(), 3)
    const [, key] = hkdf(chainingKey, ephemeral, 2)
    const hash = sha256(sha256(sha256(name, given.prologue), mixed), ephemeral)
    expect(openAt(new AeadKey(key), 0n, message.subarray(32), hash)).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('derives the secret of a resumption from the last chaining key, under a label of its own', () => {
    const given = known('25519', 6)
    const state = new HandshakeState({
      ...{ pattern: patterns.NNpsk0, dh: dh25519, role: 'initiator', prologue: given.prologue },
      ...{ staticPair: null, theirStatic: null, accepts: () => false, nextPsk: () => given.psk.reveal() },
      random: seededRandom(7),
    })
    const { patient, doctor } = pairOf('NNpsk0', { ...given, random: seededRandom(7) })
    expect(patient.write(noAad)).toEqual(state.write(noAad))
    doctor.read(pairOf('NNpsk0', { ...given, random: seededRandom(7) }).patient.write(noAad))
    const answer = doctor.write(noAad)
    for (const one of [patient, state]) one.read(answer)
    const label = Buffer.from('chartseal/resume/v2')
    const expected = new Uint8Array(hkdfSync('sha256', state.complete().chainingKey(), noAad, label, 32))
    expect(patient.split().resumptionSecret.reveal()).toEqual(expected)
  })
})

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest()

function hkdf(chainingKey: Uint8Array, keyMaterial: Uint8Array, count: number): [Buffer, Buffer] {
  const all = Buffer.from(hkdfSync('sha256', keyMaterial, chainingKey, noAad, 32 * count))
  return [all.subarray(0, 32), all.subarray(32, 64)]
}

describe('static keys', () => {
  it.each(suites)('of %s are stored as bytes, and make the same public key of them', suite => {
    using key = StaticKey.generate(suite, systemRandom)
    using again = new StaticKey(suite, new SecretBytes(key.reveal()))
    expect(again.publicKey).toEqual(key.publicKey)
    expect(key.publicKey.length).toBe(publicKeyBytesOf(suite))
  })

  it('of ffdhe3072 are numbers of 276 bits, their public keys as long as the prime', () => {
    const { p, g } = groups.ffdhe3072
    const bytes = Uint8Array.of(8, ...new Uint8Array(33), 1)
    using key = new StaticKey('ffdhe3072', new SecretBytes(bytes))
    expect(key.publicKey.length).toBe(384)
    expect(BigInt(`0x${Buffer.from(key.publicKey).toString('hex')}`)).toBe(power(g, 2n ** 275n + 1n, p))
  })
})

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

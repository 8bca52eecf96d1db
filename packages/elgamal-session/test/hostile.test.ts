import { decodeHex, encodeCbor } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import {
  decodeDoctorFrame,
  decodePatientFrame,
  FrameReader,
  formatKeyFile,
  openConference,
  parseFingerprint,
  parseKeyFile,
  parseParticipantId,
  sessionError,
  stepDoctor,
} from '@chartseal/elgamal-session/interim'
import {
  checkPublicKey,
  decrypt,
  encrypt,
  generateSigningKeyPair,
  groupOf,
  groups,
  legacyElGamal,
  legacyOpenText,
  openGroupKey,
  sealGroupKey,
  sealMessage,
  signingKeyPairOf,
} from '@chartseal/elgamal-session/v1'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { environmentAt, person, seededRandom } from './support.js'

const expectCode = codesRaised(sessionError)
const { p, q } = groups.ffdhe2048
const pair = generateSigningKeyPair('ffdhe2048', systemRandom)

describe('values that are not of the group', () => {
  it('refuses unknown groups', () => expectCode('session/unknown-group', () => groupOf('modp14')))

  it.each([0n, 1n, p - 1n, p, p + 4n, p - 4n])('refuses public key %# outside the group', y =>
    expectCode('session/bad-public-key', () => checkPublicKey({ group: 'ffdhe2048', y })),
  )

  it.each([
    [0n, 1n],
    [1n, 1n],
    [p - 1n, 1n],
    [p - 4n, 1n],
    [4n, 0n],
    [4n, p],
  ])('refuses ciphertext %# outside the group', (c1, c2) =>
    expectCode('session/bad-ciphertext', () => decrypt(pair, { c1, c2 })),
  )

  it.each([0n, q, p])('refuses stored exponent %# out of range', x =>
    expectCode('session/bad-key', () => signingKeyPairOf('ffdhe2048', x)),
  )

  it('throws a RangeError for messages out of range', () => {
    for (const message of [0n, p])
      expect(() => encrypt(pair.publicKey, message, systemRandom)).toThrow(RangeError)
  })

  it('refuses legacy values without an inverse', async () => {
    const none = { p: 2n, g: 1n }
    await expectCode('session/not-invertible', () => legacyElGamal.signFresh(none, 1n, 'a', systemRandom))
    await expectCode('session/not-invertible', () =>
      legacyElGamal.decrypt({ p: 15n, g: 2n }, 1n, { c1: 5n, c2: 1n }),
    )
    await expectCode('session/not-invertible', () => legacyElGamal.sign({ p: 23n, g: 5n }, 3n, 'a', 11n))
  })
})

describe('payloads of opcodes 30 and 40', () => {
  const key = new Uint8Array(32).fill(1)
  it('gives one answer for whatever is wrong with a payload', async () => {
    const sealed = sealGroupKey(key, key)
    for (const payload of [sealed.slice(0, -1), sealed.slice(0, 16), new Uint8Array(), sealed.fill(0, -16)]) {
      expect(await codeOf(() => openGroupKey(key, payload))).toBe('open/failed')
    }
  })

  it('refuses another text as a group key, and broken UTF-8 as a text', async () => {
    const text = sealMessage(key, 'not 64 hex digits')
    expect(await codeOf(() => openGroupKey(new Uint8Array(32).fill(2), text))).toBe('open/failed')
    const broken = decodeHex('00'.repeat(32))
    expect(await codeOf(() => legacyOpenText(key.slice(0, 16), broken))).toBe('open/failed')
  })

  it('refuses payload keys that do not have 32 bytes', async () => {
    expect(await codeOf(() => sealGroupKey(key.slice(1), key))).toBe('key/wrong-length')
    expect(await codeOf(() => sealMessage(key.slice(16), 'a'))).toBe('key/wrong-length')
  })
})

describe('frames', () => {
  it('refuses frames by their announced length, before they arrive', () =>
    expectCode('session/frame-too-large', () => new FrameReader(100).push(Uint8Array.of(0, 0, 0, 101))))

  it.each([
    ['not a map', [1, 2]],
    ['a number', 7],
    ['a field too few', { op: 5, id: 'Anna' }],
    ['a field too many', { op: 90, id: 'Anna', more: 1 }],
    ['a doctor’s opcode', { op: 40, ep: 1, n: new Uint8Array(12), ct: new Uint8Array(16) }],
    ['a short element', { op: 5, id: 'Anna', key: new Uint8Array(383) }],
    ['a long element', { op: 5, id: 'Anna', key: new Uint8Array(385) }],
    ['a text for bytes', { op: 5, id: 'Anna', key: 'y' }],
    ['bytes for a text', { op: 90, id: Uint8Array.of(65) }],
    ['a negative time', { skv: new Uint8Array(32), ts: -1 }],
  ])('refuses a frame of a patient: %s', (_, value) =>
    expectCode('session/bad-frame', () => decodePatientFrame(encodeCbor(value))),
  )

  it.each([
    ['a patient’s opcode', { op: 90, id: 'Anna' }],
    ['the patient’s opcode 5', { op: 5, id: 'Anna', key: new Uint8Array(384) }],
    ['a short ciphertext', { op: 40, ep: 1, n: new Uint8Array(12), ct: new Uint8Array(15) }],
    ['no opcode', { skv: new Uint8Array(32), ts: 1 }],
  ])('refuses a frame of a doctor: %s', (_, value) =>
    expectCode('session/bad-frame', () => decodeDoctorFrame(encodeCbor(value))),
  )

  it('refuses a frame in another spelling of CBOR', async () => {
    const unsorted = decodeHex('a2626f70185a6269646141')
    expect(await codeOf(() => decodePatientFrame(unsorted))).toBe('encoding/invalid')
  })
})

describe('ids, key files and settings', () => {
  it.each(['', ' Anna', 'a\u0007', 'a\u202eb', 'a\nb', 'x'.repeat(65)])('refuses the id %j', id =>
    expectCode('session/bad-id', () => parseParticipantId(id)),
  )

  it('refuses another spelling of a fingerprint', () =>
    expectCode('session/bad-key', () => parseFingerprint('A'.repeat(64))))

  it('reads a key file back, and refuses one with an exchanged part', async () => {
    const own = generateSigningKeyPair('ffdhe3072', systemRandom)
    const text = formatKeyFile(own)
    expect(parseKeyFile(text).publicKey).toEqual(own.publicKey)
    const other = JSON.parse(formatKeyFile(generateSigningKeyPair('ffdhe3072', systemRandom)))
    const fields = JSON.parse(text)
    for (const wrong of [
      { ...fields, public_key: other.public_key },
      { ...fields, private_key: fields.private_key.slice(2) },
      { ...fields, format: 'another' },
      JSON.parse(formatKeyFile(pair)),
    ]) {
      await expectCode('session/bad-key', () => parseKeyFile(JSON.stringify(wrong)))
    }
  })

  it('refuses one key for two people', async () => {
    const [host, anna] = [person('Doctor', 1), person('Anna', 2)]
    const environment = environmentAt(0, seededRandom(1))
    const twice = new Map([anna, person('Ben', 2)].map(each => [each.id, each.fingerprint]))
    const own = new Map([[anna.id, host.fingerprint]])
    for (const enrolled of [twice, own]) {
      const settings = { id: host.id, key: host.key, enrolled }
      await expectCode('session/bad-key', () => openConference(settings, environment))
    }
  })

  it('refuses a broadcast that no frame can hold, and a connection number used twice', async () => {
    const host = person('Doctor', 1)
    const environment = environmentAt(0, seededRandom(1))
    const room = openConference({ id: host.id, key: host.key, enrolled: new Map() }, environment)
    const event = { kind: 'broadcast', text: 'é'.repeat(30_001) } as const
    await expectCode('session/text-too-long', () => stepDoctor(room, event, environment))
    const open = stepDoctor(room, { kind: 'opened', connection: 1 }, environment).state
    expect(() => stepDoctor(open, { kind: 'opened', connection: 1 }, environment)).toThrow(RangeError)
  })
})

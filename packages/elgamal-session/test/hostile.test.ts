import { decodeHex } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
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
  sessionError,
  signingKeyPairOf,
} from '@chartseal/elgamal-session/v1'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

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

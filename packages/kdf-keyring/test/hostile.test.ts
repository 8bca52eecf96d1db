import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import {
  derive,
  KeyRing,
  keyringError,
  legacyDeriveKey,
  minIterations,
  monthKey,
  monthOf,
  monthSalt,
  parseMonth,
} from '@chartseal/kdf-keyring/v1'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const expectCode = codesRaised(
  keyringError,
  // Those of version 2: v2-hostile.test.ts.
  keyringError.codes.slice(3),
)
const secret = new SecretBytes(encodeUtf8('TOP-SECRET'))
const empty = new SecretBytes(new Uint8Array(0))
const salt = new Uint8Array(16)
const march = parseMonth('2026-03')
const unsoundCounts = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53]

describe('weak parameters', () => {
  it('an empty secret is refused by every door', async () => {
    await expectCode('keyring/weak-parameters', () => derive(empty, salt))
    await expectCode('keyring/weak-parameters', () => monthSalt(empty, march))
    await expectCode('keyring/weak-parameters', () => monthKey(empty, march))
    await expectCode('keyring/weak-parameters', () => new KeyRing(empty))
  })

  it('an empty salt is refused', async () => {
    await expectCode('keyring/weak-parameters', () => derive(secret, new Uint8Array(0)))
  })

  it.each([...unsoundCounts, 1, 99_999])('%d iterations are refused', async iterations => {
    await expectCode('keyring/weak-parameters', () => derive(secret, salt, { iterations }))
    await expectCode('keyring/weak-parameters', () => new KeyRing(secret, { iterations }))
  })

  it.each(unsoundCounts)('%d iterations are refused by the primitive too', async iterations => {
    await expectCode('keyring/weak-parameters', () => legacyDeriveKey(secret, salt, iterations))
  })

  it('the primitive computes what the doors refuse', async () => {
    expect((await legacyDeriveKey(empty, new Uint8Array(0), 1)).reveal().length).toBe(32)
  })
})

describe('months', () => {
  it.each([
    '',
    'not-a-month',
    '2026-3',
    '2026-00',
    '2026-13',
    '26-03',
    '2026-03-01',
    ' 2026-03',
    '2026-03\n',
    '２０２６-03',
  ])('%j is none', async text => {
    await expectCode('keyring/bad-month', () => parseMonth(text))
  })

  it.each([Date.UTC(10_000, 0, 1), -62_167_219_200_001])('a clock at %d has none', async timeMs => {
    await expectCode('keyring/bad-month', () => monthOf(timeMs))
  })

  it('a destroyed one is refused', async () => {
    const ring = new KeyRing(secret, { iterations: minIterations })
    ring.destroy(march)
    await expectCode('keyring/month-destroyed', () => ring.key(march))
  })
})

describe('misuse is loud', () => {
  it('a wiped secret derives nothing', async () => {
    const wiped = new SecretBytes(encodeUtf8('short lived'))
    wiped.wipe()
    expect(await codeOf(() => derive(wiped, salt))).toBe('key/wiped')
    expect(await codeOf(() => legacyDeriveKey(wiped, salt, 1))).toBe('key/wiped')
    expect(await codeOf(() => monthKey(wiped, march))).toBe('key/wiped')
    expect(await codeOf(() => new KeyRing(wiped))).toBe('key/wiped')
  })

  it('no error, and no printed ring, carries the secret', async () => {
    const ring = new KeyRing(secret, { iterations: minIterations })
    ring.destroy(march)
    const refusal = await ring.key(march).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(ChartsealError)
    expect(`${JSON.stringify([refusal, ring])}${refusal}${ring}`).not.toMatch(/TOP|84,79,80/)
  })
})

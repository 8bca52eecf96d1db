import { open, seal } from '@chartseal/core/aead'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { KeyRing, minIterations, monthKey, openWithRing, parseMonth } from '@chartseal/kdf-keyring/v1'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const dayMs = 24 * 60 * 60 * 1000
const secret = new SecretBytes(encodeUtf8('dr-garcia and patient 12345'))
const march = parseMonth('2026-03')
const april = parseMonth('2026-04')
const aad = encodeUtf8('ring test')

function ringAt(text: string): { ring: KeyRing; clock: ReturnType<typeof fixedClock> } {
  const clock = fixedClock(Date.parse(text))
  return { ring: new KeyRing(secret, { clock, iterations: minIterations }), clock }
}

describe('a ring', () => {
  it('derives each key once, even when asked twice at once', async () => {
    const { ring } = ringAt('2026-03-15T00:00:00Z')
    const [first, second] = await Promise.all([ring.key(march), ring.key(march)])
    expect(first).toBe(second)
    expect(await ring.keyForSealing()).toBe(first)
    expect(ring.heldMonths).toEqual([march])
  })

  it('follows the clock into the next month', async () => {
    const { ring, clock } = ringAt('2026-03-31T23:59:59.999Z')
    expect(ring.currentMonth).toBe(march)
    clock.advance(1)
    expect(ring.currentMonth).toBe(april)
    expect(ring.monthsForReading).toEqual([april, march])
  })

  it('uses the clock of the system unless given another', () => {
    expect(new KeyRing(secret).currentMonth).toMatch(/^\d{4}-\d{2}$/)
  })

  it('has a copy of the secret', async () => {
    const mine = new SecretBytes(encodeUtf8('short lived'))
    const ring = new KeyRing(mine, { iterations: minIterations })
    mine.wipe()
    expect((await ring.key(march)).isWiped).toBe(false)
  })
})

describe('opening with a ring', () => {
  it('opens a message of the month before for 7 days, and then no more', async () => {
    const { ring, clock } = ringAt('2026-03-31T23:00:00Z')
    const sealed = seal(await ring.keyForSealing(), encodeUtf8('BP 120/80'), aad)
    const attempt = (): Promise<Uint8Array> => openWithRing(ring, key => open(key, sealed, aad))
    clock.advance(7 * dayMs)
    expect(await attempt()).toEqual(encodeUtf8('BP 120/80'))
    clock.advance(60 * 60 * 1000)
    expect(await codeOf(attempt)).toBe('open/failed')
  })

  it('tries the current month first, then the month before', async () => {
    const { ring } = ringAt('2026-04-03T00:00:00Z')
    const tried: string[] = []
    const nothingFits = openWithRing(ring, (_, month) => {
      tried.push(month)
      throw coreError('open/failed', {})
    })
    expect(await codeOf(() => nothingFits)).toBe('open/failed')
    expect(tried).toEqual([april, march])
  })

  it('derives no second key when the first one fits', async () => {
    const { ring } = ringAt('2026-04-03T00:00:00Z')
    expect(await openWithRing(ring, (_, month) => month)).toBe(april)
    expect(ring.heldMonths).toEqual([april])
  })

  it('stops at any other error', async () => {
    const { ring } = ringAt('2026-04-03T00:00:00Z')
    let calls = 0
    const attempt = openWithRing(ring, () => {
      calls++
      throw coreError('encoding/invalid', { encoding: 'base64' })
    })
    expect(await codeOf(() => attempt)).toBe('encoding/invalid')
    expect(calls).toBe(1)
  })

  it('does not try a destroyed month', async () => {
    const { ring } = ringAt('2026-04-03T00:00:00Z')
    ring.destroy(april)
    expect(await openWithRing(ring, (_, month) => month)).toBe(march)
  })
})

describe('destroying', () => {
  it('wipes the key that was handed out, and refuses the month from then on', async () => {
    const { ring } = ringAt('2026-03-15T00:00:00Z')
    const key = await ring.key(march)
    ring.destroy(march)
    expect(key.isWiped).toBe(true)
    expect(await codeOf(() => seal(key, aad, aad))).toBe('key/wiped')
    expect(await codeOf(() => ring.key(march))).toBe('keyring/month-destroyed')
  })

  it('holds when the key is still being derived', async () => {
    const { ring } = ringAt('2026-03-15T00:00:00Z')
    const pending = codeOf(() => ring.key(march))
    ring.destroy(march)
    expect(await pending).toBe('keyring/month-destroyed')
    expect(ring.heldMonths).toEqual([])
  })

  it('does not shred: whoever holds the secret derives the same key again', async () => {
    const { ring } = ringAt('2026-03-15T00:00:00Z')
    const before = Uint8Array.from((await ring.key(march)).reveal())
    ring.destroy(march)
    const again = await monthKey(secret, march, { iterations: minIterations })
    expect(again.reveal()).toEqual(before)
  })

  it('by the rule of the seed drops what the seed dropped', async () => {
    const { ring } = ringAt('2026-05-31T12:00:00Z')
    for (const month of ['2026-02', '2026-04', '2026-05']) await ring.key(parseMonth(month))
    ring.legacyDestroyOldKeys(1)
    expect(ring.heldMonths).toEqual(['2026-04', '2026-05'])
    expect(await codeOf(() => ring.key(parseMonth('2026-02')))).toBe('keyring/month-destroyed')
  })
})

describe('a wiped ring', () => {
  it('throws, and so does every key that it gave', async () => {
    const { ring } = ringAt('2026-03-15T00:00:00Z')
    const key = await ring.key(march)
    ring[Symbol.dispose]()
    expect(key.isWiped).toBe(true)
    expect(await codeOf(() => ring.key(march))).toBe('key/wiped')
    expect(await codeOf(() => ring.keyForSealing())).toBe('key/wiped')
  })

  it('keeps no key that was being derived when it was wiped', async () => {
    const { ring } = ringAt('2026-03-15T00:00:00Z')
    const pending = codeOf(() => ring.key(march))
    ring.wipe()
    expect(await pending).toBe('key/wiped')
    expect(ring.heldMonths).toEqual([])
  })
})

describe('keys of the wrong kind (core)', () => {
  it('16 bytes are refused instead of silently meaning AES-128', async () => {
    expect(await codeOf(() => new AeadKey(new Uint8Array(16)))).toBe('key/wrong-length')
  })
})

import { pbkdf2Sync } from 'node:crypto'
import { SecretBytes } from '@chartseal/core/keys'
import {
  graceMs,
  legacyDeriveKey,
  legacyKeptMonths,
  legacyMonthSalt,
  monthOf,
  monthSalt,
  monthsForReading,
  parseMonth,
} from '@chartseal/kdf-keyring/v1'
import { codeOf, hostileBytes, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const timeMs = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) })
const month = timeMs.map(monthOf)

describe('laws of the keyring', () => {
  it('PBKDF2 agrees with node:crypto for any secret, salt and count', async () => {
    const count = fc.integer({ min: 1, max: 50 })
    const law = fc.asyncProperty(
      hostileBytes(),
      hostileBytes(80),
      count,
      async (secret, salt, iterations) => {
        const key = await legacyDeriveKey(new SecretBytes(secret), salt, iterations)
        const expected = pbkdf2Sync(secret, salt, iterations, 32, 'sha256')
        expect(key.reveal()).toEqual(Uint8Array.from(expected))
      },
    )
    await fc.assert(law, propertyRuns())
  })

  it('a month is one text: what is parsed is given back, and every other text is refused', async () => {
    const spelling = fc.property(month, text => {
      expect(parseMonth(text)).toBe(text)
    })
    fc.assert(spelling, propertyRuns())
    const nearly = fc.stringMatching(/^\d{3,5}[-/]\d{1,3}\n?$/)
    const law = fc.asyncProperty(nearly, async text => {
      const sound = /^\d{4}-(0[1-9]|1[0-2])$/.test(text) && !text.endsWith('\n')
      expect(await codeOf(() => parseMonth(text))).toBe(sound ? 'accepted' : 'keyring/bad-month')
    })
    await fc.assert(law, propertyRuns(300))
  })

  it('what was sealed now can be read for at least 7 days, and at most for a month and 7 days', () => {
    const longest = 31 * 24 * 60 * 60 * 1000 + graceMs
    const law = fc.property(timeMs, fc.integer({ min: 0, max: 2 * longest }), (sealedMs, laterMs) => {
      const readable = monthsForReading(sealedMs + laterMs).includes(monthOf(sealedMs))
      if (laterMs <= graceMs) expect(readable).toBe(true)
      if (laterMs >= longest) expect(readable).toBe(false)
    })
    fc.assert(law, propertyRuns(500))
  })

  it('the rule of the seed never drops the current month, and keeps more when told to keep more', () => {
    const law = fc.property(fc.array(month), timeMs, fc.nat(24), (months, nowMs, keepMonths) => {
      const current = monthOf(nowMs)
      const kept = legacyKeptMonths([...months, current], nowMs, keepMonths)
      expect(kept).toContain(current)
      expect(legacyKeptMonths(months, nowMs, keepMonths + 1)).toEqual(
        expect.arrayContaining([...legacyKeptMonths(months, nowMs, keepMonths)]),
      )
    })
    fc.assert(law, propertyRuns())
  })

  it('months have different salts, and a salt depends on the secret', () => {
    const law = fc.property(month, month, fc.uint8Array({ minLength: 1 }), (one, other, bytes) => {
      const salt = monthSalt(new SecretBytes(bytes), one)
      expect(salt.length).toBe(16)
      expect(legacyMonthSalt(new SecretBytes(bytes), one)).toEqual(salt)
      if (one !== other) expect(monthSalt(new SecretBytes(bytes), other)).not.toEqual(salt)
      expect(monthSalt(new SecretBytes(Uint8Array.of(...bytes, 1)), one)).not.toEqual(salt)
    })
    fc.assert(law, propertyRuns())
  })
})

import { pbkdf2Sync } from 'node:crypto'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import {
  defaultIterations,
  derive,
  legacyDeriveKey,
  legacyMonthSalt,
  minIterations,
  monthKey,
  monthSalt,
  parseMonth,
} from '@chartseal/kdf-keyring/v1'
import { describe, expect, it } from 'vitest'

const secretOf = (text: string): SecretBytes => new SecretBytes(encodeUtf8(text))
const salt = new Uint8Array(16).fill(3)

describe('derive', () => {
  it('uses 600,000 iterations unless told otherwise, and takes 100,000', async () => {
    for (const iterations of [defaultIterations, minIterations]) {
      const options = iterations === defaultIterations ? {} : { iterations }
      const key = await derive(secretOf('shared'), salt, options)
      expect(key.reveal()).toEqual(Uint8Array.from(pbkdf2Sync('shared', salt, iterations, 32, 'sha256')))
    }
  })

  it('leaves the secret and the salt as they were', async () => {
    const secret = secretOf('shared')
    await legacyDeriveKey(secret, salt, 1)
    expect(secret.reveal()).toEqual(encodeUtf8('shared'))
    expect(salt).toEqual(new Uint8Array(16).fill(3))
  })
})

describe('the published function and the published abstract disagree', () => {
  it('the count changes the key, and nothing in the key tells which count was used', async () => {
    const [code, abstract] = await Promise.all([
      derive(secretOf('shared'), salt),
      derive(secretOf('shared'), salt, { iterations: minIterations }),
    ])
    expect(code.reveal()).not.toEqual(abstract.reveal())
    expect(code.reveal().length).toBe(abstract.reveal().length)
  })
})

describe('a month key', () => {
  it('is PBKDF2 under the salt of the month', async () => {
    const month = parseMonth('2026-03')
    const options = { iterations: minIterations }
    const key = await monthKey(secretOf('shared'), month, options)
    const same = await derive(secretOf('shared'), monthSalt(secretOf('shared'), month), options)
    expect(key.reveal()).toEqual(same.reveal())
  })

  it('has a salt that tests a guess of the secret without PBKDF2', () => {
    const published = monthSalt(secretOf('1234'), parseMonth('2026-03'))
    const guesses = Array.from({ length: 10_000 }, (_, pin) => String(pin).padStart(4, '0'))
    const hit = guesses.find(guess => `${legacyMonthSalt(secretOf(guess), '2026-03')}` === `${published}`)
    expect(hit).toBe('1234')
  })
})

import { AeadKey } from '@chartseal/core/keys'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { inspect, open, parse, seal, wireError } from '@chartseal/wire/v1'
import { describe, expect, it } from 'vitest'

const expectCode = codesRaised(wireError)
const key = new AeadKey(new Uint8Array(32).fill(1))
const nonce = 'AAAAAAAAAAAAAAAA'
const tag = 'AAAAAAAAAAAAAAAAAAAAAA=='

describe('what anyone can see has its own code', () => {
  it.each([
    ['wire/not-bracketed', 'MEDCRYPT:v1:UA==::'],
    ['wire/not-bracketed', `[MEDCRYPT:v1:UA==:${nonce}::${tag}]\n`],
    ['wire/field-count', '[MEDCRYPT:v1:UA==]'],
    ['wire/field-count', `[MEDCRYPT:v1:UA==:${nonce}::${tag}:]`],
    ['wire/unknown-prefix', `[medcrypt:v1:UA==:${nonce}::${tag}]`],
    ['wire/unsupported-version', `[MEDCRYPT:v2:UA==:${nonce}::${tag}]`],
    ['wire/not-base64', `[MEDCRYPT:v1:UB==:${nonce}::${tag}]`],
    ['wire/not-base64', `[MEDCRYPT:v1:UA:${nonce}::${tag}]`],
    ['wire/not-base64', `[MEDCRYPT:v1:UA==:${nonce}:_-8=:${tag}]`],
    ['wire/field-length', `[MEDCRYPT:v1:UA==:AAAA::${tag}]`],
    ['wire/field-length', `[MEDCRYPT:v1:UA==:${nonce}::AAAA]`],
    ['wire/bad-patient-id', `[MEDCRYPT:v1::${nonce}::${tag}]`],
    ['wire/bad-patient-id', `[MEDCRYPT:v1:/w==:${nonce}::${tag}]`],
  ])('%s: %j', async (code, text) => {
    await expectCode(code, () => parse(text))
    expect(inspect(text).refusal).toMatchObject({ code })
  })

  it('is read all the same where the lax decoder of the seed can', () => {
    const message = { version: 1, patientId: 'P', plaintextBytes: 0 }
    expect(inspect(`[MEDCRYPT:v1:UB==:${nonce}::${tag}]`).message).toEqual(message)
    expect(inspect(`[MEDCRYPT:v1:/w==:${nonce}::${tag}]`).message).toBe(null)
  })

  it('refuses another patient before it opens anything', async () => {
    const wire = seal(key, 'text', 'PAT-1')
    await expectCode('wire/other-patient', () => open(key, wire, { expectedPatientId: 'PAT-2' }))
  })

  it('refuses an empty patient id when sealing', async () => {
    await expectCode('wire/bad-patient-id', () => seal(key, 'text', ''))
  })
})

describe('what is decided with the key has one answer', () => {
  it('for a tag of zeros and for a wrong key', async () => {
    expect(await codeOf(() => open(key, `[MEDCRYPT:v1:UA==:${nonce}::${tag}]`))).toBe('open/failed')
    const wire = seal(key, 'text', 'PAT-1')
    expect(await codeOf(() => open(new AeadKey(new Uint8Array(32)), wire))).toBe('open/failed')
  })
})

describe('what the format cannot refuse', () => {
  it('a replayed line opens again: nothing in it tells the copies apart', () => {
    const wire = seal(key, 'text', 'PAT-1')
    expect(open(key, wire)).toEqual(open(key, wire))
  })
})

describe('misuse is loud', () => {
  it('a wiped key neither seals nor opens', async () => {
    const wiped = new AeadKey(new Uint8Array(32))
    const wire = seal(wiped, 'text', 'PAT-1')
    wiped.wipe()
    expect(await codeOf(() => seal(wiped, 'text', 'PAT-1'))).toBe('key/wiped')
    expect(await codeOf(() => open(wiped, wire))).toBe('key/wiped')
  })

  it('a lone surrogate cannot be sealed, instead of being replaced silently', async () => {
    expect(await codeOf(() => seal(key, '\ud800', 'PAT-1'))).toBe('encoding/invalid')
    expect(await codeOf(() => seal(key, 'text', '\ud800'))).toBe('encoding/invalid')
  })

  it('no error carries the plaintext, the key or the patient id', async () => {
    const wire = seal(key, 'SECRET-TEXT', 'PAT-SECRET')
    for (const text of [wire.slice(1), wire.replace('v1', 'v3'), `${wire.slice(0, -3)}]`]) {
      const answer = inspect(text)
      expect(JSON.stringify(answer)).not.toMatch(/SECRET/)
    }
  })
})

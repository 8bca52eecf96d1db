import { SigningKey, sign, VerifyingKey, verify, verifyingKeyOf } from '@chartseal/core/ed25519'
import { AgreementKey, agree, publicKeyOf } from '@chartseal/core/x25519'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { codeOf } from './helpers.js'

const asked = vi.hoisted(() => ({ imports: 0, publicImports: 0, refuseJwk: false, secrets: [] as unknown[] }))

vi.mock('node:crypto', async original => {
  const crypto = await original<typeof import('node:crypto')>()
  return {
    ...crypto,
    createPublicKey(input: never) {
      asked.publicImports++
      return crypto.createPublicKey(input)
    },
    createPrivateKey(input: { format: string; key: { x?: string } | Uint8Array }) {
      asked.imports++
      if (input.format === 'der') asked.secrets.push(input.key)
      if (input.format === 'jwk') expect(input.key).toMatchObject({ x: '' })
      if (asked.refuseJwk && input.format === 'jwk') throw new TypeError('The property x is not a key')
      return crypto.createPrivateKey(input as never)
    },
  }
})

const bytes = new Uint8Array(32).map((_, i) => i + 1)
const theirs = x25519.getPublicKey(new Uint8Array(32).fill(7))

// Runs on Node's side alone (vitest.config.ts): a browser imports nothing.
describe('a private key', () => {
  beforeEach(() => Object.assign(asked, { imports: 0, refuseJwk: false, secrets: [] }))

  it('is imported once, however often it is used, and again after nothing but a new key', () => {
    const key = new SigningKey(bytes)
    for (let i = 0; i < 3; i++) {
      expect(sign(key, Uint8Array.of(i))).toEqual(ed25519.sign(Uint8Array.of(i), bytes))
      expect(verifyingKeyOf(key)).toEqual(ed25519.getPublicKey(bytes))
    }
    expect(asked.imports).toBe(1)
    const agreement = new AgreementKey(bytes)
    publicKeyOf(agreement)
    expect(agree(agreement, theirs).reveal()).toEqual(x25519.getSharedSecret(bytes, theirs))
    expect(asked.imports).toBe(2)
  })

  it('is used no more once it was wiped, though it had been imported', () => {
    const keys = { signing: new SigningKey(bytes), agreement: new AgreementKey(bytes) }
    sign(keys.signing, bytes)
    agree(keys.agreement, theirs)
    keys.signing.wipe()
    keys.agreement.wipe()
    const uses = [
      () => sign(keys.signing, bytes),
      () => verifyingKeyOf(keys.signing),
      () => agree(keys.agreement, theirs),
      () => publicKeyOf(keys.agreement),
    ]
    expect(uses.map(codeOf)).toEqual(uses.map(() => 'key/wiped'))
  })

  it('is imported as PKCS#8 where a JWK with an empty x is refused, and that copy is wiped', () => {
    asked.refuseJwk = true
    expect(sign(new SigningKey(bytes), bytes)).toEqual(ed25519.sign(bytes, bytes))
    expect(agree(new AgreementKey(bytes), theirs).reveal()).toEqual(x25519.getSharedSecret(bytes, theirs))
    expect(asked.secrets).toEqual([new Uint8Array(48), new Uint8Array(48)].map(zeros => Buffer.from(zeros)))
  })
})

describe('a public key that is kept', () => {
  it('is imported at its first use, and never again', () => {
    const key = new SigningKey(bytes)
    const kept = VerifyingKey.of(verifyingKeyOf(key))
    asked.publicImports = 0
    expect(VerifyingKey.of(verifyingKeyOf(key))).not.toBeNull()
    expect(asked.publicImports).toBe(0)
    for (let i = 0; i < 3; i++) {
      const message = Uint8Array.of(i)
      expect(kept !== null && verify(kept, message, sign(key, message))).toBe(true)
    }
    expect(asked.publicImports).toBe(1)
    verify(verifyingKeyOf(key), bytes, sign(key, bytes))
    expect(asked.publicImports).toBe(2)
  })
})

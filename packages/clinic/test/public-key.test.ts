/** The public key of a member of a ledger, as a token or a card gives it. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { publicKeyIn } from '@chartseal/clinic/fs/public-key'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const pairs = [
  ['Ed25519', generateKeyPairSync('ed25519'), 32],
  ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 65],
  ['ES256K', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 65],
] as const
const pemOf = (key: KeyObject): string => `${key.export({ format: 'pem', type: 'spki' })}`
const jwkOf = (key: KeyObject): object => key.export({ format: 'jwk' })

describe('the public key of a member', () => {
  it.each(pairs)('is read from PEM and from a JWK: %s', (algorithm, { publicKey }, sizeBytes) => {
    const key = publicKeyIn(pemOf(publicKey))
    expect(key.algorithm).toBe(algorithm)
    expect(key.publicKey).toHaveLength(sizeBytes)
    expect(publicKeyIn(`\n ${JSON.stringify(jwkOf(publicKey))}`)).toEqual(key)
  })

  it('is refused where it is private, of another curve, no point, or no key at all', async () => {
    const [, { privateKey, publicKey }] = pairs[0]
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey
    const smallOrder = { ...jwkOf(publicKey), x: Buffer.alloc(32).toString('base64url') }
    const wrong = [
      `${privateKey.export({ format: 'pem', type: 'pkcs8' })}`,
      JSON.stringify(jwkOf(privateKey)),
      pemOf(p384),
      JSON.stringify(smallOrder),
      '{"kty":"OKP"}',
      '{',
      'no key',
    ]
    for (const text of wrong) expect(await codeOf(() => publicKeyIn(text))).toBe('member-key/unreadable')
  })
})

import { createHmac } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { x25519Kem } from '@chartseal/core/hpke'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { agree, type WycheproofRunner, wycheproofFormat } from '@chartseal/core/vectors'
import { AgreementKey, publicKeyOf } from '@chartseal/core/x25519'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hpkePlatform as node } from '../dist/hpke/platform-node.js'
import { hpkePlatform as web } from '../dist/hpke/platform-web.js'
import { propertyRuns } from './helpers.js'
import { sharedVectors } from './wycheproof.js'

const bytes = (sizeBytes: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes })
const any = fc.uint8Array({ maxLength: 300 })

// On Node 20 both have ML-KEM in JavaScript.
describe('what HPKE asks of the platform', () => {
  it('hashes alike', () => {
    const law = fc.property(any, fc.integer({ min: 1, max: 200 }), (message, sizeBytes) => {
      expect(node.sha3(message)).toEqual(web.sha3(message))
      expect(node.shake256(message, sizeBytes)).toEqual(web.shake256(message, sizeBytes))
    })
    fc.assert(law, propertyRuns(100, 30))
  })

  it('makes the same keys of ML-KEM, and the same of ciphertexts that nobody encapsulated', () => {
    const law = fc.property(bytes(64), bytes(1_088), (seed, ciphertext) => {
      expect(node.mlKemPublicKey(seed)).toEqual(web.mlKemPublicKey(seed))
      expect(node.mlKemDecapsulate(seed, ciphertext)).toEqual(web.mlKemDecapsulate(seed, ciphertext))
    })
    fc.assert(law, propertyRuns(30, 8))
  })

  it('encapsulates for each other, and only ever for the keys that both take', () => {
    const change = fc.record({ at: fc.nat(1_151), value: fc.nat(255) })
    const other: Random = { bytes: sizeBytes => systemRandom.bytes(sizeBytes) }
    const law = fc.property(bytes(64), fc.option(change), (seed, changed) => {
      const key = node.mlKemPublicKey(seed)
      if (changed !== null) key[changed.at] = changed.value
      const [byNode, byWeb] = [
        node.mlKemEncapsulate(key, systemRandom),
        web.mlKemEncapsulate(key, systemRandom),
      ]
      expect(byNode === null).toBe(byWeb === null)
      expect(node.mlKemEncapsulate(key, other) === null).toBe(byWeb === null)
      if (changed !== null || byNode === null || byWeb === null) return
      expect(web.mlKemDecapsulate(seed, byNode.enc)).toEqual(byNode.shared)
      expect(node.mlKemDecapsulate(seed, byWeb.enc)).toEqual(byWeb.shared)
    })
    fc.assert(law, propertyRuns(60, 12))
  })
})

/** RFC 9180 4.1 in other words, of the shared point that the file has. */
function extractAndExpand(shared: Uint8Array, enc: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const suite = concat(encodeUtf8('HPKE-v1KEM'), Uint8Array.of(0, 0x20))
  const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array =>
    Uint8Array.from(
      createHmac('sha256', key)
        .update(concat(...parts))
        .digest(),
    )
  const key = hmac(new Uint8Array(0), suite, encodeUtf8('eae_prk'), shared)
  const label = encodeUtf8('shared_secret')
  return hmac(key, Uint8Array.of(0, 32), suite, label, enc, publicKey, Uint8Array.of(1))
}

const throughKem: WycheproofRunner = ({ test }) => {
  const [secret, enc, shared] = [test.hex('private'), test.hex('public'), test.hex('shared')]
  const decapsulated = x25519Kem.decapsulate(secret, enc)
  const publicKey = publicKeyOf(new AgreementKey(secret))
  const expected = shared.every(byte => byte === 0) ? null : extractAndExpand(shared, enc, publicKey)
  agree('the secret of the KEM', decapsulated, expected)
}

sharedVectors('wycheproof/x25519_test.json', wycheproofFormat({ xdh_comp_schema: throughKem }))

import { createHash, hkdfSync } from 'node:crypto'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { SecretBytes } from '@chartseal/core/keys'
import { createRing, epochKey, epochOf, nextLink, takeSealingKey } from '@chartseal/kdf-keyring'
import { expect, it } from 'vitest'
import { person, start } from './v2-people.js'

const root = new Uint8Array(32).fill(9)
const hkdf = (ikm: Uint8Array, label: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.from(hkdfSync('sha256', ikm, '', Buffer.concat([Buffer.from(label), ...parts]), 32)))
const u32 = (value: number): Uint8Array => Buffer.from(value.toString(16).padStart(8, '0'), 'hex')

it('the chain and its keys follow the page, with the cryptography of node:crypto', () => {
  const signer = new Uint8Array(32).fill(3)
  const chain = nextLink(new SecretBytes(root), 678)
  expect(chain.reveal()).toEqual(hkdf(root, 'chartseal/next-epoch/v2', u32(679)))
  const sender = Buffer.concat([createHash('sha256').update(signer).digest(), Buffer.from('0005', 'hex')])
  const { key, kid } = epochKey(chain, 679, signer, 5)
  expect(key.reveal()).toEqual(hkdf(chain.reveal(), 'chartseal/epoch-key/v2', u32(679), sender))
  expect(kid).toEqual(hkdf(key.reveal(), 'chartseal/kid/v2').slice(0, 8))
})

it('they are those of a ring', () => {
  const [ownVerifyingKey, peerVerifyingKey] = [verifyingKey('doctor'), verifyingKey('patient')]
  const firstEpoch = epochOf(start)
  const ring = createRing({
    ...{ root: new SecretBytes(root), ownVerifyingKey, peerVerifyingKey, firstEpoch, nowMs: start },
  })
  const { sealing } = takeSealingKey(ring, 1, start)
  const { key, kid } = epochKey(new SecretBytes(root), firstEpoch, ownVerifyingKey, ring.device)
  expect([sealing.kid, sealing.key.reveal()]).toEqual([kid, key.reveal()])
})

function verifyingKey(role: 'doctor' | 'patient'): Uint8Array {
  return verifyingKeyOf(person(role, 'N').signingKey)
}

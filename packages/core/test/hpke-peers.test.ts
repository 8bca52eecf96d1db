import { hpkeKeyPair, hpkeOpen, hpkeSeal, x25519Kem, xwingKem } from '@chartseal/core/hpke'
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { peersOf } from './hpke-peers.js'

const sizes = [0, 1, 32, 1_000]

describe.each([x25519Kem, xwingKem])('HPKE with $name', async kem => {
  describe.each(await peersOf(kem))('and $name', peer => {
    it.each(sizes)('opens what the library sealed, and the other way round, %i bytes', async sizeBytes => {
      const { secret, publicKey } = hpkeKeyPair(kem, systemRandom)
      const [info, plaintext] = [systemRandom.bytes(sizeBytes), systemRandom.bytes(sizeBytes)]
      const theirs = await peer.seal(publicKey, info, plaintext)
      expect(hpkeOpen(kem, secret, theirs.enc, info, theirs.ct)).toEqual(plaintext)
      const ours = hpkeSeal(kem, publicKey, info, plaintext)
      expect(await peer.open(secret.reveal(), ours, info)).toEqual(plaintext)
    })
  })
})

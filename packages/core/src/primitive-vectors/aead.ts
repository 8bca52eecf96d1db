import { nonceBytes, open, seal } from '../aead.js'
import { concat } from '../bytes.js'
import { AeadKey } from '../keys.js'
import { agree, judge, verdictOf, type WycheproofRunner } from '../vectors.js'
import { requireAlgorithm, requireParameter } from './applicable.js'

/** AES-256-GCM with nonces of 96 bits and tags of 128: opened, and sealed again under the same nonce. */
export const aead: WycheproofRunner = async testCase => {
  requireAlgorithm(testCase, 'AES-GCM')
  requireParameter(testCase, 'keySize', AeadKey.sizeBytes * 8)
  requireParameter(testCase, 'ivSize', nonceBytes * 8)
  requireParameter(testCase, 'tagSize', 128)
  const { test } = testCase
  const key = new AeadKey(test.hex('key'))
  const sealed = { nonce: test.hex('iv'), ciphertext: concat(test.hex('ct'), test.hex('tag')) }
  const [plaintext, aad] = [test.hex('msg'), test.hex('aad')]
  const verdict = await verdictOf(() => open(key, sealed, aad))
  judge(test, verdict === 'accept')
  if (verdict === 'reject') return
  agree('the plaintext', open(key, sealed, aad), plaintext)
  const again = seal(key, plaintext, aad, { bytes: () => sealed.nonce })
  agree('the ciphertext', again.ciphertext, sealed.ciphertext)
}

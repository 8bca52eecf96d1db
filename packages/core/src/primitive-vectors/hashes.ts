/** HMAC and HKDF as the packages call them. */
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { equal } from '../bytes.js'
import { agree, judge, verdictOf, type WycheproofRunner } from '../vectors.js'
import { requireAlgorithm } from './applicable.js'

/** HMAC-SHA256 (RFC 2104), whole or cut to the group's tag size. */
export const mac: WycheproofRunner = testCase => {
  requireAlgorithm(testCase, 'HMACSHA256')
  const { test, group } = testCase
  const tag = hmac(sha256, test.hex('key'), test.hex('msg')).subarray(0, group.count('tagSize') / 8)
  judge(test, equal(tag, test.hex('tag')))
}

/** RFC 5869, with SHA-256 or SHA-512; more than 255 blocks are refused (2.3). */
export const hkdfCase: WycheproofRunner = async testCase => {
  requireAlgorithm(testCase, 'HKDF-SHA-256', 'HKDF-SHA-512')
  const { test, file } = testCase
  const hash = file.text('algorithm') === 'HKDF-SHA-512' ? sha512 : sha256
  const derive = (): Uint8Array =>
    hkdf(hash, test.hex('ikm'), test.hex('salt'), test.hex('info'), test.count('size'))
  const verdict = await verdictOf(derive)
  judge(test, verdict === 'accept')
  if (verdict === 'accept') agree('the derived key', derive(), test.hex('okm'))
}

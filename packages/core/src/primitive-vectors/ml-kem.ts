/** ML-KEM-768 (FIPS 203), through what X-Wing asks of the platform. */
import { hpkePlatform } from '#hpke'
import { encodeHex } from '../encoding.js'
import { agree, judge, type WycheproofCase, type WycheproofRunner } from '../vectors.js'
import { requireAlgorithm, requireParameter } from './applicable.js'

const seedBytes = 64
const ciphertextBytes = 1088

function requireMlKem768(testCase: WycheproofCase): void {
  requireAlgorithm(testCase, 'ML-KEM')
  requireParameter(testCase, 'parameterSet', 'ML-KEM-768')
}

/** Lengths, which X-Wing has from the lengths of its own seeds and encapsulations, are looked at here. */
export const mlKemDecaps: WycheproofRunner = testCase => {
  requireMlKem768(testCase)
  const { test } = testCase
  const [seed, ciphertext] = [test.hex('seed'), test.hex('c')]
  const isSized = seed.length === seedBytes && ciphertext.length === ciphertextBytes
  const isRight = isSized && encodeHex(hpkePlatform.mlKemDecapsulate(seed, ciphertext)) === test.text('K')
  judge(test, isRight)
  if (isRight && test.has('ek')) agree('the public key', hpkePlatform.mlKemPublicKey(seed), test.hex('ek'))
}

export const mlKemEncaps: WycheproofRunner = testCase => {
  requireMlKem768(testCase)
  const { test } = testCase
  const made = hpkePlatform.mlKemEncapsulate(test.hex('ek'), { bytes: () => test.hex('m') })
  judge(test, made !== null)
  if (made === null) return
  agree('the encapsulation', made.enc, test.hex('c'))
  agree('the shared secret', made.shared, test.hex('K'))
}

export const mlKemKeygen: WycheproofRunner = testCase => {
  requireMlKem768(testCase)
  const { test } = testCase
  judge(test, encodeHex(hpkePlatform.mlKemPublicKey(test.hex('seed'))) === test.text('ek'))
}

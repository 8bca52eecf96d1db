import { VerifyingKey, verify } from '../ed25519.js'
import { encodeHex } from '../encoding.js'
import { ChartsealError } from '../errors.js'
import { agree, judge, NotApplicable, type WycheproofRunner } from '../vectors.js'
import { AgreementKey, agree as agreeOnSecret } from '../x25519.js'
import { requireAlgorithm, requireParameter } from './applicable.js'

export const eddsa: WycheproofRunner = testCase => {
  requireAlgorithm(testCase, 'EDDSA')
  const { test, group } = testCase
  const publicKey = group.object('publicKey')
  if (publicKey.raw('curve') !== 'edwards25519') throw new NotApplicable('another curve')
  const [bytes, message, signature] = [publicKey.hex('pk'), test.hex('msg'), test.hex('sig')]
  const answer = verify(bytes, message, signature)
  const kept = VerifyingKey.of(bytes)
  agree('the answer of a key that is kept', kept !== null && verify(kept, message, signature), answer)
  judge(test, answer)
}

/** RFC 7748 6.1: an agreement on zero, which the file may call acceptable, is refused here. */
export const xdh: WycheproofRunner = testCase => {
  requireAlgorithm(testCase, 'XDH')
  requireParameter(testCase, 'curve', 'curve25519')
  const { test } = testCase
  const shared = test.text('shared')
  const answer = sharedOrCode(test.hex('private'), test.hex('public'))
  agree('the shared secret', answer, /^0*$/.test(shared) ? 'key/small-order' : shared)
  judge(test, answer === shared)
}

function sharedOrCode(privateKey: Uint8Array, publicKey: Uint8Array): string {
  try {
    using shared = agreeOnSecret(new AgreementKey(privateKey), publicKey)
    return encodeHex(shared.reveal())
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}

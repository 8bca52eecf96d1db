/** ECDSA over secp256k1 with SHA-256, through the same functions as the signatures of records. */
import { toBigIntBE } from '@chartseal/core/bytes'
import {
  judge,
  NotApplicable,
  type WycheproofCase,
  type WycheproofRunner,
  type WycheproofRunners,
} from '@chartseal/core/vectors'
import { type EcdsaSignature, isHighS, parseSignature, verifySignature } from '../v1/ecdsa.js'
import { type PublicKey, parseStrictPublicKey } from '../v1/public-key.js'

/** DER; both twins are taken, as the profile `seed` takes them. */
const anyS: WycheproofRunner = testCase => {
  const key = keyOf(testCase)
  judge(testCase.test, verifies(testCase, key, parseSignature(testCase.test.hex('sig'))))
}

/** DER; high s is refused, as the profile `strict` does. */
const lowS: WycheproofRunner = testCase => {
  const key = keyOf(testCase)
  const signature = parseSignature(testCase.test.hex('sig'))
  const isLow = signature !== null && !isHighS(key, signature)
  judge(testCase.test, isLow && verifies(testCase, key, signature))
}

/** IEEE P1363: r and s as 32 bytes each. */
const pair: WycheproofRunner = testCase => {
  const key = keyOf(testCase)
  judge(testCase.test, verifies(testCase, key, parsePair(testCase.test.hex('sig'))))
}

const sizeBytes = 32

function parsePair(bytes: Uint8Array): EcdsaSignature | null {
  if (bytes.length !== 2 * sizeBytes) return null
  return { r: toBigIntBE(bytes.subarray(0, sizeBytes)), s: toBigIntBE(bytes.subarray(sizeBytes)) }
}

function verifies({ test }: WycheproofCase, key: PublicKey, signature: EcdsaSignature | null): boolean {
  return signature !== null && verifySignature(key, test.hex('msg'), signature)
}

/** @throws NotApplicable for another curve or hash */
function keyOf({ group, file }: WycheproofCase): PublicKey {
  const key = group.has('publicKey') ? group.object('publicKey') : null
  if (
    file.raw('algorithm') !== 'ECDSA' ||
    group.raw('sha') !== 'SHA-256' ||
    key?.raw('curve') !== 'secp256k1'
  )
    throw new NotApplicable('another curve or hash')
  return parseStrictPublicKey(group.hex('publicKeyDer'))
}

export const wycheproof: WycheproofRunners = {
  ecdsa_verify_schema: anyS,
  ecdsa_bitcoin_verify_schema: lowS,
  ecdsa_p1363_verify_schema: pair,
}

/** ECDSA over secp256k1 and P-256 with SHA-256, through the same functions as the signatures of records. */
import { toBigIntBE } from '@chartseal/core/bytes'
import {
  judge,
  NotApplicable,
  type WycheproofCase,
  type WycheproofRunner,
  type WycheproofRunners,
} from '@chartseal/core/vectors'
import { p256 } from '@noble/curves/nist.js'
import { type EcdsaSignature, isHighS, parseSignature, verifySignature } from '../v1/ecdsa.js'
import { type PublicKey, parseSeedPublicKey, parseStrictPublicKey } from '../v1/public-key.js'
import { verifySignature as verifyMember } from '../v2/member.js'

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

/** IEEE P1363: r and s as 32 bytes each. On P-256 as ES256 of version 2, which takes both twins as the files do. */
const pair: WycheproofRunner = testCase => {
  const key = keyOf(testCase)
  const [message, signature] = [testCase.test.hex('msg'), testCase.test.hex('sig')]
  const accepted =
    key.curve === p256
      ? verifyMember({ algorithm: 'ES256', publicKey: key.point }, message, signature)
      : verifies(testCase, key, parsePair(signature))
  judge(testCase.test, accepted)
}

const sizeBytes = 32

function parsePair(bytes: Uint8Array): EcdsaSignature | null {
  if (bytes.length !== 2 * sizeBytes) return null
  return { r: toBigIntBE(bytes.subarray(0, sizeBytes)), s: toBigIntBE(bytes.subarray(sizeBytes)) }
}

function verifies({ test }: WycheproofCase, key: PublicKey, signature: EcdsaSignature | null): boolean {
  return signature !== null && verifySignature(key, test.hex('msg'), signature)
}

/** The strict form on secp256k1, and what the profile `seed` reads on P-256. @throws NotApplicable for another curve or hash */
function keyOf({ group, file }: WycheproofCase): PublicKey {
  const curve = group.has('publicKey') ? group.object('publicKey').raw('curve') : null
  const parse = readers.get(`${curve}`)
  if (file.raw('algorithm') !== 'ECDSA' || group.raw('sha') !== 'SHA-256' || parse === undefined)
    throw new NotApplicable('another curve or hash')
  return parse(group.hex('publicKeyDer'))
}

const readers: ReadonlyMap<string, (der: Uint8Array) => PublicKey> = new Map([
  ['secp256k1', parseStrictPublicKey],
  ['secp256r1', parseSeedPublicKey],
])

export const wycheproof: WycheproofRunners = {
  ecdsa_verify_schema: anyS,
  ecdsa_bitcoin_verify_schema: lowS,
  ecdsa_p1363_verify_schema: pair,
}

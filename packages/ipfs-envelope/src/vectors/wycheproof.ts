/** RSAES-OAEP with SHA-256 and MGF1 of SHA-256, keys of at least 2,048 bits. */
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import {
  agree,
  judge,
  NotApplicable,
  type WycheproofCase,
  type WycheproofRunner,
  type WycheproofRunners,
} from '@chartseal/core/vectors'
import { minRsaBits } from '../rsa/key-parse.js'
import { decrypt, decryptionKey, rsaIdentity } from '../rsa/oaep.js'

const oaep: WycheproofRunner = async testCase => {
  requireParameters(testCase)
  const { test, group } = testCase
  const [wrapped, label, message] = [test.hex('ct'), test.hex('label'), test.hex('msg')]
  const pem = group.text('privateKeyPem')
  const opened = await decrypt(await decryptionKey(pem), wrapped, label)
  judge(test, opened !== null)
  if (opened !== null) agree('the message', equal(opened, message), true)
  // As an identity: 32 bytes without a label are a file key, and nothing else is one.
  const identity = await rsaIdentity(pem)
  const fileKey = await identity.unwrap([{ recipientId: '', wrapped }])
  const isFileKey = opened !== null && label.length === 0 && opened.length === AeadKey.sizeBytes
  agree(
    'the file key',
    fileKey === null ? null : encodeHex(fileKey.reveal()),
    isFileKey ? encodeHex(message) : null,
  )
}

function requireParameters({ group, file }: WycheproofCase): void {
  const hashes = ['sha', 'mgfSha'].every(field => group.raw(field) === 'SHA-256')
  if (file.raw('algorithm') !== 'RSAES-OAEP' || !hashes || group.raw('mgf') !== 'MGF1')
    throw new NotApplicable('another hash')
  const hasMorePrimes = group.has('privateKey') && group.object('privateKey').has('otherPrimeInfos')
  if (hasMorePrimes) throw new NotApplicable('more than two primes')
  if (group.count('keySize') < minRsaBits) throw new NotApplicable('another key size')
}

export const wycheproof: WycheproofRunners = { rsaes_oaep_decrypt_schema: oaep }

/** Runners of the vector files of this package; see `@chartseal/core/vectors`. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { type AeadKey, SecretBytes } from '@chartseal/core/keys'
import { agree, type CaseRunner, type VectorRunners, verdictOf } from '@chartseal/core/vectors'
import {
  defaultIterations,
  derive,
  KeyRing,
  legacyDeriveKey,
  legacyKeptMonths,
  legacyMonthSalt,
  type Month,
  minIterations,
  parseMonth,
} from './v1.js'
import { keyring, pairing } from './vectors/keyring.js'

/** Any parameters through the primitive; weak ones are refused by `derive`. */
const deriveKey: CaseRunner = async testCase => {
  const secret = secretOf(testCase)
  const salt = testCase.hex('salt')
  const iterations = testCase.count('iterations')
  const key = await legacyDeriveKey(secret, salt, iterations)
  agree('the key', key.reveal(), testCase.hex('key'))
  if (secret.reveal().length === 0 || salt.length === 0 || iterations < minIterations) {
    agree('the strict verdict', await verdictOf(() => derive(secret, salt, { iterations })), 'reject')
  }
}

/** Through a ring, or through the primitives where a ring refuses the secret, the count or the month. */
const keyOfMonth: CaseRunner = async testCase => {
  const secret = secretOf(testCase)
  const iterations = testCase.has('iterations') ? testCase.count('iterations') : defaultIterations
  const salt = legacyMonthSalt(secret, testCase.text('month'))
  agree('the salt', salt, testCase.hex('salt'))
  const door = (): [KeyRing, Month] => [
    new KeyRing(secret, { iterations }),
    parseMonth(testCase.text('month')),
  ]
  const sound = (await verdictOf(door)) === 'accept'
  const key = sound ? await keyThrough(...door()) : await legacyDeriveKey(secret, salt, iterations)
  agree('the key', key.reveal(), testCase.hex('key'))
}

async function keyThrough(ring: KeyRing, month: Month): Promise<AeadKey> {
  return ring.key(month)
}

const shred: CaseRunner = testCase => {
  const months = testCase.texts('months_before').map(parseMonth)
  const kept = legacyKeptMonths(months, Date.parse(testCase.text('now')), testCase.count('keep_months'))
  agree('the months kept', kept.join(), testCase.texts('months_after').join())
}

function secretOf(testCase: JsonObject): SecretBytes {
  return new SecretBytes(encodeUtf8(testCase.text('shared_secret')))
}

export const runners: VectorRunners = {
  'medcrypt-derive-key': deriveKey,
  'medcrypt-keyring': keyOfMonth,
  'medcrypt-keyring-shred': shred,
  'keyring-v2': keyring,
  'pairing-v2': pairing,
}

export { wycheproof } from './vectors/wycheproof.js'

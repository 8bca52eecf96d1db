import { equal } from '@chartseal/core/bytes'
import { judge, NotApplicable, type WycheproofRunner, type WycheproofRunners } from '@chartseal/core/vectors'
import { platform } from '#platform'

/** PBKDF2-HMAC-SHA256 of any length; keys here are 32 bytes of it. */
const pbkdf2: WycheproofRunner = async ({ test, file }) => {
  if (file.raw('algorithm') !== 'PBKDF2-HMACSHA256') throw new NotApplicable('another hash')
  const [password, salt] = [test.hex('password'), test.hex('salt')]
  const derived = await platform.pbkdf2(password, salt, test.count('iterationCount'), test.count('dkLen'))
  judge(test, equal(derived, test.hex('dk')))
}

export const wycheproof: WycheproofRunners = { pbkdf_test_schema: pbkdf2 }

import { pbkdf2Sync } from 'node:crypto'
import { wycheproof } from '@chartseal/kdf-keyring/vectors'
import { wycheproofSuite } from '@chartseal/testkit'
import { expect, it } from 'vitest'

const run = wycheproofSuite(wycheproof)
const schema = 'pbkdf_test_schema.json'

it('the runner of PBKDF2 notices a wrong key, and leaves other hashes aside', async () => {
  const dk = pbkdf2Sync('p', 's', 2, 40, 'sha256').toString('hex')
  const sound = { password: '70', salt: '73', iterationCount: 2, dkLen: 40, dk, result: 'valid' }
  const cases = [sound, { ...sound, iterationCount: 3 }, { ...sound, result: 'invalid' }]
  const told = await run({ schema, algorithm: 'PBKDF2-HMACSHA256' }, ...cases)
  expect(told).toEqual(['passed', 'Disagreement', 'Disagreement'])
  expect(await run({ schema, algorithm: 'PBKDF2-HMACSHA1' }, sound)).toEqual(['NotApplicable'])
})

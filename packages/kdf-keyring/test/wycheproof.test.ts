import { pbkdf2Sync } from 'node:crypto'
import { defaultEngine } from '@chartseal/core/engine'
import { wycheproofFormat } from '@chartseal/core/vectors'
import { wycheproof } from '@chartseal/kdf-keyring/vectors'
import { expect, it } from 'vitest'

/** `passed`, or the name of what the runner throws, for each case. */
async function run(
  schema: string,
  algorithm: string,
  group: object,
  ...tests: readonly object[]
): Promise<readonly string[]> {
  const testGroups = [{ ...group, tests: tests.map((test, i) => ({ tcId: i, ...test })) }]
  const cases = wycheproofFormat(wycheproof)({ schema, algorithm, testGroups }) ?? []
  return Promise.all(cases.map(one => outcome(() => one.run(defaultEngine()))))
}

async function outcome(attempt: () => void | Promise<void>): Promise<string> {
  try {
    await attempt()
    return 'passed'
  } catch (error) {
    return error instanceof Error ? error.name : 'thrown'
  }
}

it('the runner of PBKDF2 notices a wrong key, and leaves other hashes aside', async () => {
  const dk = pbkdf2Sync('p', 's', 2, 40, 'sha256').toString('hex')
  const sound = { password: '70', salt: '73', iterationCount: 2, dkLen: 40, dk, result: 'valid' }
  const cases = [sound, { ...sound, iterationCount: 3 }, { ...sound, result: 'invalid' }]
  const told = await run('pbkdf_test_schema.json', 'PBKDF2-HMACSHA256', {}, ...cases)
  expect(told).toEqual(['passed', 'Disagreement', 'Disagreement'])
  expect(await run('pbkdf_test_schema.json', 'PBKDF2-HMACSHA1', {}, sound)).toEqual(['NotApplicable'])
})

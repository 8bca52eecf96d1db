import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { defaultEngine } from '@chartseal/core/engine'
import { wycheproofFormat } from '@chartseal/core/vectors'
import { wycheproof } from '@chartseal/ipfs-envelope/vectors'
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

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const group = { keySize: 2048, sha: 'SHA-256', mgf: 'MGF1', mgfSha: 'SHA-256', privateKeyPem }
const schema = 'rsaes_oaep_decrypt_schema_v1.json'

function encrypted(msg: string, label: string, result = 'valid'): object {
  const oaep = {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: 'sha256',
    oaepLabel: Buffer.from(label, 'hex'),
  }
  const ct = publicEncrypt({ key: publicKey, ...oaep }, Buffer.from(msg, 'hex')).toString('hex')
  return { msg, label, ct, result }
}

it('notices a wrong message, label and verdict of RSA-OAEP', async () => {
  const sound = [encrypted('07'.repeat(32), ''), encrypted('07'.repeat(32), '01'), encrypted('', '')]
  expect(await run(schema, 'RSAES-OAEP', group, ...sound)).toEqual(['passed', 'passed', 'passed'])
  const wrong = [{ msg: '08' }, { label: '02' }, { result: 'invalid' }, { ct: '00' }]
  const told = await run(
    schema,
    'RSAES-OAEP',
    group,
    ...wrong.map(part => ({ ...encrypted('07', '01'), ...part })),
  )
  expect(new Set(told)).toEqual(new Set(['Disagreement']))
  expect(await run(schema, 'RSAES-OAEP', group, { ...sound[0], ct: '00', result: 'acceptable' })).toEqual([
    'passed',
  ])
})

it.each([
  { ...group, sha: 'SHA-1' },
  { ...group, mgfSha: 'SHA-1' },
  { ...group, mgf: 'other' },
  { ...group, keySize: 1024 },
  { ...group, privateKey: { otherPrimeInfos: [] } },
])('calls other parameters not applicable', async other => {
  expect(await run(schema, 'RSAES-OAEP', other, {})).toEqual(['NotApplicable'])
})

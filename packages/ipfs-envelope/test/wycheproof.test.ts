import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { wycheproof } from '@chartseal/ipfs-envelope/vectors'
import { wycheproofSuite } from '@chartseal/testkit'
import { expect, it } from 'vitest'

const run = wycheproofSuite(wycheproof)

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const group = { keySize: 2048, sha: 'SHA-256', mgf: 'MGF1', mgfSha: 'SHA-256', privateKeyPem }
const oaepFile = { schema: 'rsaes_oaep_decrypt_schema_v1.json', algorithm: 'RSAES-OAEP', group }

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
  expect(await run(oaepFile, ...sound)).toEqual(['passed', 'passed', 'passed'])
  const wrong = [{ msg: '08' }, { label: '02' }, { result: 'invalid' }, { ct: '00' }]
  const told = await run(oaepFile, ...wrong.map(part => ({ ...encrypted('07', '01'), ...part })))
  expect(new Set(told)).toEqual(new Set(['Disagreement']))
  expect(await run(oaepFile, { ...sound[0], ct: '00', result: 'acceptable' })).toEqual(['passed'])
})

it.each([
  { ...group, sha: 'SHA-1' },
  { ...group, mgfSha: 'SHA-1' },
  { ...group, mgf: 'other' },
  { ...group, keySize: 1024 },
  { ...group, privateKey: { otherPrimeInfos: [] } },
])('calls other parameters not applicable', async other => {
  expect(await run({ ...oaepFile, group: other }, {})).toEqual(['NotApplicable'])
})

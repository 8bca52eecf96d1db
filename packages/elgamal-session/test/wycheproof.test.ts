import { createCipheriv } from 'node:crypto'
import { wycheproof } from '@chartseal/elgamal-session/vectors'
import { wycheproofSuite } from '@chartseal/testkit'
import { expect, it } from 'vitest'

const run = wycheproofSuite(wycheproof)

it.each([128, 192, 256])('opens and seals AES-%i-CBC, and notices what is wrong', async size => {
  const [key, iv, msg] = [Buffer.alloc(size / 8, 1), Buffer.alloc(16, 2), Buffer.from([0xff, 7])]
  const cipher = createCipheriv(`aes-${size}-cbc`, key, iv)
  const ct = Buffer.concat([cipher.update(msg), cipher.final()]).toString('hex')
  const sound = { key: key.toString('hex'), iv: iv.toString('hex'), msg: 'ff07', ct, result: 'valid' }
  const cut = { ...sound, ct: ct.slice(2), result: 'invalid' }
  const wrong = [
    { ...sound, result: 'invalid' },
    { ...sound, msg: 'ff08' },
    { ...cut, result: 'valid' },
    { ...sound, ct: '', msg: '' },
  ]
  const file = { schema: 'ind_cpa_test_schema_v1.json', algorithm: 'AES-CBC-PKCS5' }
  expect(await run(file, sound, cut)).toEqual(['passed', 'passed'])
  expect(await run(file, ...wrong)).toEqual(wrong.map(() => 'Disagreement'))
  expect(await run({ ...file, algorithm: 'AES-XTS' }, sound)).toEqual(['NotApplicable'])
})

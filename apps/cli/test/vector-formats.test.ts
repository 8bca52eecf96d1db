import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { slip39Words } from '../dist/io/slip39-words.js'
import { cli, cliJson, emptyFolder } from './cli.js'

/** A Wycheproof file of one HMAC case; RFC 4231 4.3. */
const hmac = (part: object = {}, algorithm = 'HMACSHA256'): string => {
  const tag = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  const msg = '7768617420646f2079612077616e7420666f72206e6f7468696e673f'
  const test = { tcId: 7, key: '4a656665', msg, tag, result: 'valid', ...part }
  const testGroups = [{ tagSize: 256, tests: [test] }]
  return JSON.stringify({ algorithm, schema: 'mac_test_schema_v1.json', testGroups })
}

describe('chartseal vectors, files of others', () => {
  it('goes by what a file says, whatever its name is', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'medcrypt-wire.json'), hmac())
    writeFileSync(join(cwd, 'other.json'), hmac({}, 'AES-CMAC'))
    const row = { cases: 1, passed: 1, failed: 0, not_applicable: 0 }
    expect(await cliJson(['vectors', '.'], { cwd })).toMatchObject({
      files: [
        { file: 'medcrypt-wire.json', ...row },
        { file: 'other.json', ...row, passed: 0, not_applicable: 1 },
      ],
      failed: 0,
      unknown: [],
    })
    expect(await cli(['vectors', '.'], { cwd })).toMatchObject({ exitCode: 0 })
  })

  it('names the case that fails, and fails', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'a.json'), hmac({ result: 'invalid' }))
    writeFileSync(join(cwd, 'b.json'), '{"schema": "mac_test_schema.json", "testGroups": 1}')
    writeFileSync(join(cwd, 'c.json'), 'no JSON')
    const ran = await cli(['vectors', '.'], { cwd })
    expect(ran.exitCode).toBe(1)
    expect(ran.stdout).toContain('a.json tcId 7: Disagreement: the verdict differs')
    expect(ran.stdout).toMatch(/^b\.json +0 cases +0 passed +1 failed/m)
    expect(ran.stdout).toMatch(/^c\.json +unknown file$/m)
  })

  describe.skipIf(sharedFolder('vectors') === null)('shared vectors', () => {
    it.each([
      ['wycheproof', 1416],
      ['slip39', 45],
      ['merkle', 135],
    ])('agrees with %s, %d cases of it', async (folder, passed) => {
      const path = sharedFolder('vectors', folder) ?? ''
      expect(await cliJson(['vectors', path])).toMatchObject({ failed: 0, unknown: [], passed })
    })
  })
})

it('the word list is that of SLIP-0039, and no built-in prototype was extended for it', () => {
  const words = slip39Words() ?? []
  expect(words).toHaveLength(1024)
  const hash = createHash('sha256').update(words.join(' ')).digest('hex')
  expect(hash).toBe('b19efd8b03b0b388c8ffd0dbff50b468b3daeb454666bebbe20d5cc9006a3620')
  expect('slip39EncodeHex' in String.prototype).toBe(false)
})

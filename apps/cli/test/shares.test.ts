import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, cliJson, emptyFolder } from './cli.js'

const pem = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'
const splitArgs = ['shares', 'split', '--v1', '--threshold', '2', '--shares', '3', '--out-dir', 'out']
const shareFile = (x: number): string => join('out', `share-${x}.json`)

/** A folder with out/share-1.json to share-3.json of a secret file. */
async function splitFolder(): Promise<string> {
  const cwd = emptyFolder()
  writeFileSync(join(cwd, 'key.pem'), pem)
  const ran = await cli([...splitArgs, '--secret-file', 'key.pem'], { cwd })
  expect(ran.exitCode).toBe(0)
  return cwd
}

describe('chartseal shares --v1', () => {
  it('writes one file for each custodian, readable by the owner only', async () => {
    const cwd = await splitFolder()
    expect(readdirSync(join(cwd, 'out')).sort()).toEqual(['share-1.json', 'share-2.json', 'share-3.json'])
    for (const x of [1, 2, 3]) {
      expect(statSync(join(cwd, shareFile(x))).mode & 0o777).toBe(0o600)
      const fields = JSON.parse(readFileSync(join(cwd, shareFile(x)), 'utf8'))
      expect(fields).toMatchObject({
        threshold: 2,
        num_shares: 3,
        x,
        set: expect.stringMatching(/^[0-9a-f]{16}$/),
      })
      expect(fields.y).toMatch(new RegExp(`^[0-9a-f]{${2 * pem.length}}$`))
    }
  })

  it.each([[[1, 2]], [[1, 3]], [[3, 2]], [[3, 1, 2]]])(
    'recovers every byte of the file from %j',
    async xs => {
      const cwd = await splitFolder()
      const ran = await cli(['shares', 'combine', '--v1', ...xs.map(shareFile), '-o', 'again.pem'], { cwd })
      expect(ran).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
      expect(readFileSync(join(cwd, 'again.pem'), 'utf8')).toBe(pem)
      expect(statSync(join(cwd, 'again.pem')).mode & 0o777).toBe(0o600)
      expect((await cli(['shares', 'combine', '--v1', ...xs.map(shareFile)], { cwd })).stdout).toBe(pem)
    },
  )

  it('splits hexadecimal digits and a secret from the environment or a prompt', async () => {
    const sources = [{ env: { CHARTSEAL_SECRET: '00ff' } }, { isTerminal: true, typed: '00ff' }]
    for (const world of sources) {
      const cwd = emptyFolder()
      const { files } = await cliJson([...splitArgs, '--hex'], { ...world, cwd })
      expect(files).toEqual([1, 2, 3].map(shareFile))
      const ran = await cli(['shares', 'combine', '--v1', '--hex', shareFile(2), shareFile(3)], { cwd })
      expect(ran.stdout).toBe('00ff\n')
    }
  })

  it('splits a text from the environment', async () => {
    const cwd = emptyFolder()
    await cli(splitArgs, { cwd, env: { CHARTSEAL_SECRET: 'Grüße' } })
    expect((await cli(['shares', 'combine', '--v1', shareFile(2), shareFile(3)], { cwd })).stdout).toBe(
      'Grüße',
    )
  })

  it('never shows a share or the secret on the screen when splitting', async () => {
    const cwd = emptyFolder()
    const ran = await cli([...splitArgs, '--hex'], { cwd, env: { CHARTSEAL_SECRET: '5ec2e75ec2e7' } })
    const { y } = JSON.parse(readFileSync(join(cwd, shareFile(1)), 'utf8'))
    expect(ran.stdout).toContain('Any 2 of these 3 files')
    expect(ran.stdout).not.toMatch(new RegExp(`${y}|5ec2e7`))
  })

  it('replaces no file without --force, and writes none when one exists', async () => {
    const cwd = emptyFolder()
    const world = { cwd, env: { CHARTSEAL_SECRET: 'a' } }
    await cli([...splitArgs], world)
    const before = readFileSync(join(cwd, shareFile(1)), 'utf8')
    expect(await cli(splitArgs, world)).toMatchObject({ exitCode: 2 })
    expect(readFileSync(join(cwd, shareFile(1)), 'utf8')).toBe(before)
    expect(await cli([...splitArgs, '--force'], world)).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(cwd, shareFile(1)), 'utf8')).not.toBe(before)
    writeFileSync(join(cwd, 'file'), '')
    const below = ['shares', 'split', '--v1', '--threshold', '2', '--shares', '2', '--out-dir', 'file/x']
    expect(await cli(below, world)).toMatchObject({ exitCode: 2 })
  })

  it('refuses shares of another split by name', async () => {
    const [cwd, other] = [await splitFolder(), await splitFolder()]
    const mixed = ['shares', 'combine', '--v1', shareFile(1), join(other, shareFile(2))]
    const ran = await cli(mixed, { cwd })
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' })
    expect(ran.stderr).toContain('(shamir/mixed-sets)')
  })

  it('refuses too few, the same one twice, and a changed one among more than enough', async () => {
    const cwd = await splitFolder()
    const combine = async (...files: readonly string[]): Promise<unknown> =>
      (await cliJson(['shares', 'combine', '--v1', ...files], { cwd }))['code']
    expect(await combine(shareFile(1))).toBe('shamir/too-few-shares')
    expect(await combine(shareFile(1), shareFile(1))).toBe('shamir/duplicate-index')
    const third = JSON.parse(readFileSync(join(cwd, shareFile(3)), 'utf8'))
    writeFileSync(join(cwd, 'bad.json'), JSON.stringify({ ...third, y: '00'.repeat(pem.length) }))
    expect(await combine(shareFile(1), shareFile(2), 'bad.json')).toBe('shamir/inconsistent-shares')
    writeFileSync(join(cwd, 'zero.json'), JSON.stringify({ ...third, x: 0 }))
    expect(await combine(shareFile(1), 'zero.json')).toBe('shamir/bad-index')
    writeFileSync(join(cwd, 'none.json'), '{"x": 1}')
    expect(await combine('none.json')).toBe('json/invalid')
  })

  it.each([
    ['1', '3', 'shamir/bad-threshold'],
    ['4', '3', 'shamir/bad-threshold'],
    ['2', '256', 'shamir/bad-threshold'],
  ])('refuses to split %s of %s', async (threshold, shares, code) => {
    const cwd = emptyFolder()
    const args = ['shares', 'split', '--v1', '--threshold', threshold, '--shares', shares, '--out-dir', 'out']
    expect(await cliJson(args, { cwd, env: { CHARTSEAL_SECRET: 'a' } })).toMatchObject({ ok: false, code })
    expect(readdirSync(cwd)).toEqual([])
  })
})

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, cliJson, emptyFolder, noonMs } from './cli.js'

// The first cases of the seeds' vectors.
const secret = 'dr-garcia-patient-12345-secret-2026'
const env = { CHARTSEAL_SECRET: secret }
const salt = '00112233445566778899aabbccddeeff'
const fast = ['--iterations', '100000']
const derived = '29cf2e4dddb94a2d12a5458c90ad745b5d8b95f79dae42648be7f0a625d0a706'
const ofMarch = '19a994fd8984297e8f0beafed11bf32d4cd86a43f706ad392bb87cd7f752186f'

describe('chartseal key', () => {
  it('derives the key that the seed derives', async () => {
    const ran = await cli(['key', 'derive', '--salt', salt, ...fast], { env })
    expect(ran).toEqual({ exitCode: 0, stdout: `${derived}\n`, stderr: '', asked: [] })
  })

  it('derives the key of a month with 600,000 iterations', async () => {
    const told = await cliJson(['key', 'month', '--month', '2026-03'], { env })
    expect(told).toEqual({ key: ofMarch, iterations: 600_000, month: '2026-03' })
  })

  it('takes the current month in UTC unless told another', async () => {
    const { month, key } = await cliJson(['key', 'month', ...fast], { env })
    expect(month).toBe(new Date(noonMs).toISOString().slice(0, 7))
    const named = await cliJson(['key', 'month', '--month', `${month}`, ...fast], { env })
    expect(named['key']).toBe(key)
  })

  it('reads the secret from a file and writes a key that only the owner reads, ready for message seal', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'pair.secret'), `${secret}\n`)
    const derive = [
      'key',
      'derive',
      '--salt',
      salt,
      ...fast,
      '--secret-file',
      'pair.secret',
      '-o',
      'pair.key',
    ]
    expect(await cli(derive, { cwd })).toMatchObject({ exitCode: 0, stdout: '' })
    expect(readFileSync(join(cwd, 'pair.key'), 'utf8')).toBe(`${derived}\n`)
    expect(statSync(join(cwd, 'pair.key')).mode & 0o777).toBe(0o600)
    const seal = ['message', 'seal', '--v1', '--patient', 'P', '--key-file', 'pair.key']
    expect(await cli(seal, { cwd, stdin: 'x' })).toMatchObject({ exitCode: 0 })
  })

  it('asks for the secret on a terminal', async () => {
    const world = { isTerminal: true, typed: secret }
    const ran = await cli(['key', 'derive', '--salt', salt, ...fast], world)
    expect(ran).toMatchObject({ exitCode: 0, stdout: `${derived}\n`, asked: ['Shared secret'] })
  })

  it.each([
    [1, 'keyring/weak-parameters', ['key', 'derive', '--salt', salt, '--iterations', '99999']],
    [1, 'keyring/weak-parameters', ['key', 'derive', '--salt', '', ...fast]],
    [1, 'encoding/invalid', ['key', 'derive', '--salt', 'XY', ...fast]],
    [1, 'keyring/bad-month', ['key', 'month', '--month', '2026-13', ...fast]],
    [2, 'whole number', ['key', 'month', '--iterations', '1e6']],
    [2, '--salt', ['key', 'derive']],
  ])('exits with %d and tells %s for %j', async (exitCode, told, args) => {
    const ran = await cli(args, { env })
    expect(ran).toMatchObject({ exitCode, stdout: '' })
    expect(ran.stderr).toContain(told)
  })

  it('never takes the secret from the command line', async () => {
    const ran = await cli(['key', 'month', '--secret', secret, ...fast])
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' })
    expect((await cli(['key', 'month', ...fast])).stderr).toContain('CHARTSEAL_SECRET')
  })
})

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, emptyFolder } from './cli.js'

const env = { CHARTSEAL_KEY: '0f'.repeat(32) }
const seal = ['message', 'seal', '--v1', '--patient', 'P']

describe('exit codes', () => {
  it('0 for help and version', async () => {
    expect(await cli(['--help'])).toMatchObject({ exitCode: 0 })
    expect((await cli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([
    [[]],
    [['frobnicate']],
    [['message']],
    [['message', 'seal', '--v1']],
    [['message', 'seal', '--v1', '--patient', 'P', '--key', 'x']],
    [['vectors']],
    [['vectors', '/no/such/folder']],
    [['message', 'open', '--v1', '/no/such/file']],
  ])('2 for %j', async args => {
    const ran = await cli(args, { env })
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' })
    expect(ran.stderr).not.toBe('')
  })
})

describe('every command', () => {
  const listed = (help: string): string[] =>
    [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name ?? '')

  async function leaves(path: readonly string[]): Promise<string[][]> {
    const { stdout } = await cli([...path, '--help'])
    const names = listed(stdout).filter(name => name !== 'help')
    if (names.length === 0) return [[...path]]
    return (await Promise.all(names.map(name => leaves([...path, name])))).flat()
  }

  it('has help with an example that starts with its own name, and --json', async () => {
    const all = await leaves([])
    expect(all.length).toBeGreaterThan(4)
    for (const path of all) {
      const { stdout } = await cli([...path, '--help'])
      expect(stdout).toContain(`chartseal ${path.join(' ')}`)
      expect(stdout).toMatch(/Examples?:\n {2}\$ /)
      expect(stdout).toContain('--json')
    }
  })
})

describe('secrets', () => {
  it('come from a hidden prompt on a terminal', async () => {
    const ran = await cli(seal, { stdin: 'x', isTerminal: true, typed: env.CHARTSEAL_KEY })
    expect(ran).toMatchObject({ exitCode: 0, asked: ['Key, 64 hexadecimal digits'] })
  })

  it('are asked for nowhere else, and giving up is a usage error', async () => {
    expect(await cli(seal, { stdin: 'x' })).toMatchObject({ exitCode: 2, asked: [] })
    expect(await cli(seal, { stdin: 'x', isTerminal: true, typed: null })).toMatchObject({ exitCode: 2 })
  })

  it('do not show in errors', async () => {
    for (const CHARTSEAL_KEY of ['5ec7e7', 'SECRETWORD']) {
      const ran = await cli(seal, { stdin: 'x', env: { CHARTSEAL_KEY, CHARTSEAL_DEBUG: '1' } })
      expect(ran.exitCode).toBe(1)
      expect(ran.stderr).not.toContain(CHARTSEAL_KEY)
    }
  })

  it('cannot share stdin with the input', async () => {
    const ran = await cli([...seal, '--key-file', '-'], { stdin: env.CHARTSEAL_KEY })
    expect(ran).toMatchObject({ exitCode: 2 })
    expect(ran.stderr).toContain('one input only')
  })
})

describe('--out', () => {
  it('refuses to overwrite without --force', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'old'), 'old')
    const refused = await cli([...seal, '--out', 'old'], { cwd, env, stdin: 'x' })
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain('--force')
    expect(readFileSync(join(cwd, 'old'), 'utf8')).toBe('old')
    expect(await cli([...seal, '--out', 'old', '--force'], { cwd, env, stdin: 'x' })).toMatchObject({
      exitCode: 0,
    })
    expect(readFileSync(join(cwd, 'old'), 'utf8')).toMatch(/^\[MEDCRYPT/)
  })

  it('writes to stdout for - and straight into a device', async () => {
    expect((await cli([...seal, '--out', '-'], { env, stdin: 'x' })).stdout).toMatch(/^\[MEDCRYPT/)
    const ran = await cli([...seal, '--out', '/dev/null', '--force'], { env, stdin: 'x' })
    expect(ran).toMatchObject({ exitCode: 0 })
    expect(statSync('/dev/null').isFile()).toBe(false)
  })
})

describe('unexpected failures', () => {
  it('are one short line, with a stack under CHARTSEAL_DEBUG=1 only', async () => {
    const folder = emptyFolder()
    const open = ['message', 'open', '--v1', folder]
    const short = await cli(open, { env })
    expect(short.stderr.split('\n')).toHaveLength(2)
    const long = await cli(open, { env: { ...env, CHARTSEAL_DEBUG: '1' } })
    expect(long.stderr).toContain('    at ')
  })
})

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cli, emptyFolder } from './cli.js'

const bin = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const hook = fileURLToPath(new URL('./fault-hook.mjs', import.meta.url))
const env = { CHARTSEAL_KEY: '0f'.repeat(32) }
const seal = ['message', 'seal', '--v1', '--patient', 'P']

const listedIn = (help: string): string[] =>
  [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name ?? '')

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
  async function leaves(path: readonly string[]): Promise<string[][]> {
    const { stdout } = await cli([...path, '--help'])
    const names = listedIn(stdout).filter(name => name !== 'help')
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

  it('has help that a terminal of 80 columns shows, with what must be given first', async () => {
    const wide: string[] = []
    for (const path of [[], ['ledger'], ['recovery'], ...(await leaves([]))]) {
      const { stdout } = await cli([...path, '--help'])
      const [text = ''] = stdout.split(/^Examples?:$/m)
      const notes = stdout.split(/^ {2}\$ .*\n/m).at(-1) ?? ''
      wide.push(...`${text}${notes}`.split('\n').filter(line => line.length > 80))
      expect(text).not.toContain('["')
      const options = text.split('Options:\n')[1]?.split(/\n(?= {2}-)/) ?? []
      const required = options.map(option => /\(required|; required/.test(option))
      expect(required).toEqual(required.toSorted((a, b) => Number(b) - Number(a)))
    }
    expect(wide).toEqual([])
  })
})

describe('secrets', () => {
  it('come from a hidden prompt on a terminal', async () => {
    const ran = await cli(seal, { stdin: 'x', isTerminal: true, typed: env.CHARTSEAL_KEY })
    expect(ran).toMatchObject({ exitCode: 0, asked: ['Key, 64 hexadecimal digits'] })
  })

  it('are asked for nowhere else, and giving up ends with 130', async () => {
    expect(await cli(seal, { stdin: 'x' })).toMatchObject({ exitCode: 2, asked: [] })
    expect(await cli(seal, { stdin: 'x', isTerminal: true, typed: null })).toMatchObject({ exitCode: 130 })
  })

  it('do not show in errors', async () => {
    for (const CHARTSEAL_KEY of ['5ec7e7', 'SECRETWORD']) {
      const ran = await cli(seal, { stdin: 'x', env: { CHARTSEAL_KEY, CHARTSEAL_DEBUG: '1' } })
      expect(ran.exitCode).toBe(1)
      expect(ran.stderr).not.toContain(CHARTSEAL_KEY)
    }
  })

  it.each([
    [['ring', 'status', 'none'], 'ring/no-folder'],
    [['message', 'seal', '--ring', 'none', '--patient', 'P'], 'ring/no-folder'],
    [['envelope', 'owner', '--ring', 'none'], 'ring/no-folder'],
    [['team', 'show', '--team', 'none'], 'care-team/missing'],
    [['ledger', 'deliver', '--desk', 'none'], 'usage'],
    [['conference', 'watch', '--seat', 'none', '--address', '127.0.0.1:1'], 'usage'],
  ])('are not asked for where there is nothing to open: %j', async (args, code) => {
    const ran = await cli([...args, '--json'], { cwd: emptyFolder(), isTerminal: true, typed: 'x' })
    expect(ran.asked).toEqual([])
    expect(JSON.parse(ran.stdout)).toMatchObject({ code })
  })

  it('are not asked for where there is something already, and name what they open', async () => {
    const cwd = emptyFolder()
    const create = ['ring', 'create', '--role', 'doctor', '--name', 'Eva', 'eva']
    const made = await cli(create, { cwd, isTerminal: true, typed: 'nine green bottles' })
    expect(made.asked).toEqual(['Passphrase of eva', 'Passphrase of eva, once more'])
    expect(await cli(create, { cwd, isTerminal: true, typed: 'x' })).toMatchObject({ exitCode: 1, asked: [] })
  })

  it('cannot share stdin with the input', async () => {
    const ran = await cli([...seal, '--key-file', '-'], { stdin: env.CHARTSEAL_KEY })
    expect(ran).toMatchObject({ exitCode: 2 })
    expect(ran.stderr).toContain('one input only')
  })
})

describe('a new passphrase', () => {
  const keygen = [
    'envelope',
    'keygen',
    '--v1',
    '--bits',
    '2048',
    '--encrypt',
    '--private-key',
    'k.pem',
    '--public-key',
    'p.pem',
  ]
  const typing = (...answers: readonly (string | null)[]) => {
    const left = [...answers]
    return { cwd: emptyFolder(), isTerminal: true, type: () => left.shift() ?? null }
  }

  it('is asked for twice, and again while the two differ', async () => {
    const world = typing(
      'correct horse battery',
      'correct horse batterz',
      'long enough one',
      'long enough one',
    )
    const ran = await cli(keygen, world)
    expect(ran).toMatchObject({ exitCode: 0 })
    expect(ran.asked).toHaveLength(4)
    expect(ran.stderr).toContain('The two differ.')
    const opened = { cwd: world.cwd, env: { CHARTSEAL_PASSPHRASE: 'long enough one' } }
    const put = ['envelope', 'put', '--v1', '--store', 's', '--to', 'a=p.pem', '-o', 'r.json', '-']
    await cli(put, { ...opened, stdin: 'x' })
    const get = ['envelope', 'get', '--v1', '--store', 's', '--private-key', 'k.pem', 'r.json']
    expect((await cli(get, opened)).stdout).toBe('x')
  })

  it('is given up after three pairs that differ, and nothing is made', async () => {
    const world = typing('a1', 'b1', 'a2', 'b2', 'a3', 'b3')
    expect(await cli(keygen, world)).toMatchObject({ exitCode: 2 })
    expect(readdirSync(world.cwd)).toEqual([])
  })

  it('that is short is warned about', async () => {
    const ran = await cli(keygen, typing('short', 'short'))
    expect(ran.stderr).toContain('a passphrase of 5 characters is easily guessed')
  })

  it.each([
    ['a second line', 'one\ntwo\n', 'cli/not-one-line'],
    ['a carriage return inside', 'one\rtwo', 'cli/not-one-line'],
    ['a NUL', 'one\0two', 'cli/not-one-line'],
    ['UTF-16', Buffer.from('\ufeffone', 'utf16le'), 'cli/utf-16'],
  ])('is no file with %s', async (_, content, code) => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'phrase'), content)
    const ran = await cli([...keygen, '--passphrase-file', 'phrase'], { cwd })
    expect(ran).toMatchObject({ exitCode: 1 })
    expect(ran.stderr).toContain(`(${code})`)
  })

  it('is the same with and without a byte order mark or a line end', async () => {
    const cwd = emptyFolder()
    const plain = await cli(['key', 'derive', '--salt', '00'.repeat(16)], {
      env: { CHARTSEAL_SECRET: 'one two three four' },
    })
    for (const text of ['\ufeffone two three four', 'one two three four\r\n']) {
      writeFileSync(join(cwd, 'secret'), text)
      const read = await cli(['key', 'derive', '--salt', '00'.repeat(16), '--secret-file', 'secret'], { cwd })
      expect(read.stdout).toBe(plain.stdout)
    }
  })
})

describe('a wrong call under --json', () => {
  it.each([
    [['message', 'open', '--json', '--bogus']],
    [['envelope', 'put', '--json', '--store', 'b', 'r.txt']],
    [['shares', 'split', '--json', '--shares', 'x']],
    [['frobnicate', '--json']],
    [['ledger', 'v1', 'show', '--json']],
  ])('is answered in JSON: %j', async args => {
    const { exitCode, stdout, stderr } = await cli(args)
    expect(exitCode).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      code: 'usage',
      message: expect.stringMatching(/^(?!error: )./),
    })
    expect(stderr).toBe('')
  })
})

describe('what is no JSON object', () => {
  it.each([
    ['<Bundle/>', 'cli/not-json', 'XML'],
    ['{"a":1}\n{"b":2}\n', 'cli/not-json', 'NDJSON'],
    ['{', 'json/invalid', 'record.json: '],
  ])('%j is named', async (text, code, word) => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'record.json'), text)
    const ran = await cli(['ledger', 'v1', 'verify', '--previous-nonce', '0', 'record.json'], { cwd })
    expect(ran.stderr).toContain(`(${code})`)
    expect(ran.stderr).toContain(word)
  })
})

describe('help', () => {
  it('describes each command as the command does itself, and marks what is required', async () => {
    const { stdout } = await cli(['--help'])
    const folded = stdout.replace(/\s+/g, ' ')
    for (const name of listedIn(stdout).filter(one => one !== 'help')) {
      const own = (await cli([name, '--help'])).stdout.split('\n\n')[1] ?? ''
      expect(folded).toContain(own.replace(/\s+/g, ' ').trim())
    }
    expect((await cli(['ledger', 'v1', 'show', '--help'])).stdout).toContain('the chain file (required)')
    expect((await cli(['help', 'ledger'])).stdout).toContain('keygen')
  })
})

describe('--out', () => {
  it('is checked before any work: nothing is stored for a result that has nowhere to go', async () => {
    const cwd = emptyFolder()
    const keygen = [
      'envelope',
      'keygen',
      '--v1',
      '--bits',
      '2048',
      '--private-key',
      'k.pem',
      '--public-key',
      'p.pem',
    ]
    await cli(keygen, { cwd })
    writeFileSync(join(cwd, 'r.json'), 'old')
    for (const out of ['r.json', 'no/such/folder.json', '.']) {
      const put = ['envelope', 'put', '--v1', '--store', 's', '--to', 'a=p.pem', '-o', out, '-']
      expect(await cli(put, { cwd, stdin: 'x' })).toMatchObject({ exitCode: 2 })
      expect(existsSync(join(cwd, 's'))).toBe(false)
    }
    expect(await cli(keygen, { cwd })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('k.pem'),
    })
    expect(readdirSync(cwd).sort()).toEqual(['k.pem', 'p.pem', 'r.json'])
  })

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

  it('does not speak of --force where there is none', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'old'), 'old')
    const { exitCode, stderr } = await cli(['ledger', 'keygen', '--out', 'old'], { cwd })
    expect([exitCode, stderr]).toEqual([2, 'chartseal: cannot write old: it exists already (usage)\n'])
  })

  it('is written to a stick, whose file system has no hard links', () => {
    const cwd = emptyFolder()
    const run = () =>
      spawnSync(process.execPath, ['--import', hook, bin, ...seal, '--out', 'new', '-'], {
        cwd,
        env: { ...env, INIT_CWD: cwd, FAULT_KIND: 'no-links' },
        input: 'x',
        encoding: 'utf8',
      })
    expect(run()).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(join(cwd, 'new'), 'utf8')).toMatch(/^\[MEDCRYPT/)
    expect(run()).toMatchObject({ status: 2 })
    expect(readdirSync(cwd)).toEqual(['new'])
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

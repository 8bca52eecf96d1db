import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockFile, openLog } from '@chartseal/core/files'
import { describe, expect, it } from 'vitest'
import { cli, cliJson, emptyFolder } from './cli.js'

const key = '2a'.repeat(32)
const env = { CHARTSEAL_KEY: key }
const ts = '2026-07-15T12:00:00+00:00'
const listArgs = ['audit', 'v1', 'list', '--log', 'audit.log']

function appendArgs(action: string, actor = 'Dr. García'): string[] {
  return [
    'audit',
    'v1',
    'append',
    '--log',
    'audit.log',
    '--actor',
    actor,
    '--action',
    action,
    '--patient',
    'PAT-1',
  ]
}

/** A folder with a log of these actions. */
async function logOf(...actions: readonly string[]): Promise<string> {
  const cwd = emptyFolder()
  for (const action of actions) expect((await cli(appendArgs(action), { cwd, env })).exitCode).toBe(0)
  return cwd
}

describe('chartseal audit v1', () => {
  it('keeps entries in a file that only its owner reads, and lists them in order', async () => {
    const cwd = await logOf('open')
    expect(await cliJson(appendArgs('close'), { cwd, env })).toMatchObject({ index: 1 })
    expect(statSync(join(cwd, 'audit.log')).mode & 0o777).toBe(0o600)
    expect(await cli(listArgs, { cwd, env })).toMatchObject({
      exitCode: 0,
      stdout: `0  ${ts}  "Dr. García"  "open"  "PAT-1"\n1  ${ts}  "Dr. García"  "close"  "PAT-1"\n`,
      stderr: '',
    })
    const entry = { ts, actor: 'Dr. García', patient_id: 'PAT-1' }
    expect(await cliJson(listArgs, { cwd, env })).toEqual({
      entries: [
        { index: 0, action: 'open', ...entry },
        { index: 1, action: 'close', ...entry },
      ],
      errors: [],
    })
  })

  it('writes no name, action or patient in clear', async () => {
    const cwd = await logOf('encrypt_send')
    const file = readFileSync(join(cwd, 'audit.log'), 'utf8')
    for (const word of ['Garc', 'encrypt_send', 'PAT-1']) expect(file).not.toContain(word)
  })

  it('takes the key from a file or a prompt', async () => {
    const cwd = await logOf('open')
    writeFileSync(join(cwd, 'audit.key'), `${key}\n`)
    expect(await cli([...listArgs, '--key-file', 'audit.key'], { cwd })).toMatchObject({ exitCode: 0 })
    const prompted = await cli(listArgs, { cwd, isTerminal: true, typed: key })
    expect([prompted.exitCode, prompted.asked.length]).toEqual([0, 1])
    expect((await cli(listArgs, { cwd })).exitCode).toBe(2)
  })

  it('lists what is readable beside what is not, with exit code 1', async () => {
    const cwd = await logOf('first')
    const log = await openLog(join(cwd, 'audit.log'), { kind: 'audit/v1' })
    await log.append(Buffer.from('MTIz'))
    await log.close()
    expect((await cli(appendArgs('third'), { cwd, env })).exitCode).toBe(0)
    const { exitCode, stdout } = await cli(listArgs, { cwd, env })
    expect(exitCode).toBe(1)
    expect(stdout.split('\n')[1]).toBe('1  unreadable: audit/too-short')
    expect(stdout.split('\n')[2]).toContain('third')
    expect(await cliJson(listArgs, { cwd, env })).toMatchObject({
      entries: [{ index: 0 }, { index: 2 }],
      errors: [{ index: 1, code: 'audit/too-short' }],
    })
  })

  it('refuses a wrong key for every entry, by name', async () => {
    const cwd = await logOf('open')
    const wrong = await cli(listArgs, { cwd, env: { CHARTSEAL_KEY: '00'.repeat(32) } })
    expect(wrong).toMatchObject({ exitCode: 1, stdout: '0  unreadable: open/failed\n' })
  })

  it('cuts an interrupted write and says so', async () => {
    const cwd = await logOf('first', 'second')
    const path = join(cwd, 'audit.log')
    truncateSync(path, statSync(path).size - 5)
    const { exitCode, stdout, stderr } = await cli(listArgs, { cwd, env })
    expect([exitCode, stdout.split('\n').length]).toEqual([0, 2])
    expect(stderr).toMatch(/^\d+ bytes of an interrupted write were cut\.\n$/)
  })

  it('refuses a damaged, a foreign and a held file by name, and a missing one as a mistake of the caller', async () => {
    const cwd = await logOf('first', 'second')
    const path = join(cwd, 'audit.log')
    const bytes = readFileSync(path)
    writeFileSync(
      path,
      bytes.map((byte, i) => (i === 100 ? byte ^ 1 : byte)),
    )
    expect(await cliJson(listArgs, { cwd, env })).toMatchObject({ ok: false, code: 'files/corrupt-record' })
    writeFileSync(path, 'a diary')
    expect(await cliJson(appendArgs('x'), { cwd, env })).toMatchObject({ ok: false, code: 'files/not-a-log' })
    expect(readFileSync(path, 'utf8')).toBe('a diary')
    const lock = await lockFile(path)
    expect(await cliJson(listArgs, { cwd, env })).toMatchObject({ ok: false, code: 'files/locked' })
    await lock.release()
    expect((await cli(listArgs, { cwd: emptyFolder(), env })).exitCode).toBe(2)
  })

  it('shows names that could steer a terminal as escapes', async () => {
    const cwd = emptyFolder()
    await cli(appendArgs('open', 'a\u001b[2J\n\u009b\u202eb'), { cwd, env })
    const { stdout } = await cli(listArgs, { cwd, env })
    expect(stdout).toContain(String.raw`"a\u001b[2J\n\u009b\u202eb"`)
  })
})

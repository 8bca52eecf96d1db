import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, cliJson, emptyFolder } from './cli.js'

const key = '0f'.repeat(32)
const env = { CHARTSEAL_KEY: key }
const sealArgs = ['message', 'seal', '--v1', '--patient', 'PAT-12345']

async function sealed(text: string): Promise<string> {
  return (await cli(sealArgs, { stdin: text, env })).stdout
}

describe('chartseal message --v1', () => {
  it('seals stdin and opens it again, byte for byte', async () => {
    const opened = await cli(['message', 'open', '--v1'], { stdin: await sealed('Grüße 💊\n'), env })
    expect(opened).toMatchObject({ exitCode: 0, stdout: 'Grüße 💊\n', stderr: '' })
  })

  it('answers with JSON', async () => {
    const { message } = await cliJson(sealArgs, { stdin: 'x', env })
    expect(await cliJson(['message', 'open', '--v1'], { stdin: `${message}`, env })).toEqual({
      plaintext: 'x',
      patient_id: 'PAT-12345',
    })
  })

  it('reads files and the key from the folder of the user, and writes where told', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'note.txt'), 'Take 1 tablet')
    writeFileSync(join(cwd, 'month.key'), `${key}\n`)
    const seal = [...sealArgs, '--key-file', 'month.key', 'note.txt', '--out', 'note.sealed']
    expect(await cli(seal, { cwd })).toMatchObject({ exitCode: 0, stdout: '' })
    expect(readFileSync(join(cwd, 'note.sealed'), 'utf8')).toMatch(/^\[MEDCRYPT:v1:.*\]\n$/)
    const open = ['message', 'open', '--v1', '--key-file', 'month.key', 'note.sealed', '-o', 'opened.txt']
    expect(await cli(open, { cwd })).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(cwd, 'opened.txt'), 'utf8')).toBe('Take 1 tablet')
    expect(statSync(join(cwd, 'opened.txt')).mode & 0o777).toBe(0o600)
  })

  it('refuses a wrong key and another patient by name, with exit code 1', async () => {
    const stdin = await sealed('x')
    const wrong = await cli(['message', 'open', '--v1'], { stdin, env: { CHARTSEAL_KEY: '00'.repeat(32) } })
    expect(wrong).toMatchObject({ exitCode: 1, stdout: '' })
    expect(wrong.stderr).toContain('(open/failed)')
    const other = await cliJson(['message', 'open', '--v1', '--patient', 'PAT-2'], { stdin, env })
    expect(other).toMatchObject({ ok: false, code: 'wire/other-patient' })
  })

  it('opens lax spellings under --lenient only', async () => {
    const lax = (await sealed('x')).replace('UEFU', 'UEF\u0000U')
    expect(await cli(['message', 'open', '--v1'], { stdin: lax, env })).toMatchObject({ exitCode: 1 })
    const opened = await cli(['message', 'open', '--v1', '--lenient'], { stdin: lax, env })
    expect(opened).toMatchObject({ exitCode: 0, stdout: 'x' })
    const { stdout } = await cli(['message', 'inspect'], { stdin: lax })
    expect(stdout).toContain('--v1 --lenient reads it')
  })

  it('inspects without a key, and says no with exit code 1', async () => {
    const found = await cli(['message', 'inspect'], { stdin: await sealed('four') })
    expect(found.exitCode).toBe(0)
    expect(found.stdout).toContain('"PAT-12345"')
    expect(found.stdout).toContain('4 bytes')
    const refused = await cli(['message', 'inspect', '--json'], { stdin: 'no message' })
    expect(refused.exitCode).toBe(1)
    expect(JSON.parse(refused.stdout)).toMatchObject({
      message: null,
      refusal: { code: 'message/malformed', stage: 'frame' },
    })
  })
})

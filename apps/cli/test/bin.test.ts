/** The built command line as a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../dist/main.js', import.meta.url))

interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

async function chartseal(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env } })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', chunk => out.push(chunk))
  child.stderr.on('data', chunk => err.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [exitCode] = await once(child, 'close')
  return { exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
}

const env = { CHARTSEAL_KEY: '0f'.repeat(32), INIT_CWD: undefined }

describe('the bin', () => {
  it('helps, tells its version and has exit codes', async () => {
    expect(await chartseal(['--help'])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await chartseal(['--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
    expect(await chartseal(['frobnicate'])).toMatchObject({ exitCode: 2, stdout: '' })
    const refused = await chartseal(['message', 'open', '--v1'], 'no message', env)
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^chartseal: .* \(pasted\/not-found\)\n$/)
  })

  it('seals and opens through pipes', async () => {
    const { stdout } = await chartseal(['message', 'seal', '--v1', '--patient', 'P'], 'Take 1', env)
    expect(await chartseal(['message', 'open', '--v1'], stdout, env)).toMatchObject({
      exitCode: 0,
      stdout: 'Take 1',
    })
  })

  it('answers requests of megabytes, one line each', async () => {
    const request = {
      op: 'encrypt',
      key: env.CHARTSEAL_KEY,
      plaintext: 'x'.repeat(3_000_000),
      patient_id: 'P',
    }
    const lines = [JSON.stringify(request), 'no JSON', '{"op":"frobnicate","id":3}']
    const { stdout, exitCode } = await chartseal(['interop'], `${lines.join('\n')}\n`)
    expect(exitCode).toBe(0)
    const [first, ...rest] = stdout.trimEnd().split('\n')
    expect(JSON.parse(first ?? '').wire).toHaveLength(
      4_000_000 + '[MEDCRYPT:v1:UA=='.length + 17 + 1 + 25 + 1,
    )
    expect(rest.map(line => JSON.parse(line))).toEqual([
      { ok: false, code: 'json/invalid' },
      { ok: false, code: 'interop/unknown-op', id: 3 },
    ])
  })

  it.skipIf(!existsSync('/dev/full'))('says that a full disk took nothing', async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [bin, 'ledger', 'v1', 'keygen'], {
      stdio: ['ignore', full, 'pipe'],
    })
    const err: Buffer[] = []
    child.stderr?.on('data', chunk => err.push(chunk))
    const [exitCode] = await once(child, 'close')
    closeSync(full)
    expect(exitCode).toBe(1)
    expect(Buffer.concat(err).toString()).toContain('ENOSPC')
  })

  it.skipIf(!existsSync('/usr/bin/script'))(
    'is cancelled at a prompt by Ctrl-D and Ctrl-C, and shows the cursor',
    async () => {
      for (const key of ['\u0004', '\u0003']) {
        const line = `stty cols 100; exec '${process.execPath}' '${bin}' message seal --v1 --patient P ${bin}`
        const { CHARTSEAL_KEY: _, ...clean } = process.env
        const child = spawn('/usr/bin/script', ['-qec', line, '/dev/null'], { env: clean })
        let seen = ''
        child.stdout.on('data', chunk => {
          const isFirst = !seen.includes('hexadecimal')
          seen += chunk
          if (isFirst && seen.includes('hexadecimal')) child.stdin.write(key)
        })
        const [exitCode] = await once(child, 'close')
        expect([exitCode, seen]).toEqual([130, expect.stringContaining('cancelled')])
        expect(seen).toContain('\u001b[?25h')
      }
    },
  )

  it('ends quietly, but not well, when nobody reads any of its output', async () => {
    const child = spawn(process.execPath, [bin, 'interop'])
    const err: Buffer[] = []
    child.stderr.on('data', chunk => err.push(chunk))
    child.stdin.on('error', () => undefined)
    child.stdout.destroy()
    child.stdin.end('{"op":"x"}\n'.repeat(10_000))
    const [exitCode] = await once(child, 'close')
    expect([exitCode, Buffer.concat(err).toString()]).toEqual([1, ''])
  })
})

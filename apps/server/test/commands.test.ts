import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { run as runCommand } from '../dist/run.js'
import { Caller, plainEnv, startServer } from './server-process.js'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** In this process; a command that serves has one of its own (`startServer`). */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  let [out, err] = ['', '']
  const code = await runCommand(args, {
    env: { HOME: '/nowhere', ...env },
    clock: systemClock,
    random: systemRandom,
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    ended: () => Promise.resolve(),
  })
  return { code, out, err }
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-command-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('the command', () => {
  it('says its version and what it does', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await run(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
    const help = await run(['--help'])
    expect([help.code, help.err]).toEqual([0, ''])
    for (const name of [
      'serve',
      'relay',
      'relay-key',
      'init',
      'invite',
      'doctor',
      'who-writes',
      'end-device',
      'backup',
      'restore',
      'move-store',
    ])
      expect(help.out).toContain(`  ${name} `)
    const serve = await run(['serve', '--help'])
    for (const word of ['--dev', '--origin', 'CHARTSEAL_ORIGIN', 'PORT']) expect(serve.out).toContain(word)
  })

  it('has the settings that it heeds, and refuses the others as flags', async () => {
    const help = async (name: string): Promise<string> => (await run([name, '--help'])).out
    const invite = await help('invite')
    for (const word of ['--role', '--data', '--origin', '--config']) expect(invite).toContain(word)
    expect(invite).not.toContain('--peers')
    expect(await help('relay-key')).not.toContain('--config')
    const refused = await run(['backup', '--to', 'x', '--port', '1'])
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--port') })
    expect(await run(['ledger', '--help'])).toMatchObject({
      code: 0,
      out: expect.not.stringContaining('  serve '),
    })
  })

  it.each([
    [['sevre'], 'sevre is no command'],
    [['ledger'], 'ledger status'],
    [[], 'usage:'],
    [['serve', '--prot', '1'], '--prot'],
    [['serve', 'extra'], 'extra'],
    [['serve', '--port', 'x'], 'config/value'],
    [['invite', '--role', 'king'], 'command/usage'],
    [['invite', '--role', 'doctor', '--count', '0'], '--count'],
    [['invite', '--role', 'doctor', '--count', '10001'], '--count'],
    [['init'], '--name'],
    [['backup'], '--to'],
  ])('refuses %j with the words for it', async (args, words) => {
    const data = emptyFolder()
    const { code, out, err } = await run(args, { CHARTSEAL_DATA: join(data, 'clinic') })
    expect([code === 0, out + err]).toEqual([args.length === 0, expect.stringContaining(words)])
  })

  it('refuses a variable that is none of its settings', async () => {
    const { code, err } = await run(['serve'], { CHARTSEAL_ORGIN: 'https://clinic.example' })
    expect([code, err]).toEqual([2, expect.stringContaining('CHARTSEAL_ORGIN')])
  })
})

describe('a clinic of one’s own', () => {
  it('is made once, and its key is for its owner alone', async () => {
    const data = join(emptyFolder(), 'clinic')
    const args = ['init', '--data', data, '--name', 'North Street', '--origin', 'https://clinic.example']
    const made = await run(args)
    expect(made).toMatchObject({ code: 0, out: `${data}\n` })
    expect(made.err).toContain('clinic.example/log')
    expect(statSync(join(data, 'keys/signing.key')).mode & 0o777).toBe(0o600)
    expect(await run(args)).toMatchObject({ code: 1, err: expect.stringContaining('clinic/exists') })
    for (const name of ['', ' North', 'a\nb']) {
      const other = await run(['init', '--data', join(emptyFolder(), 'x'), '--name', name])
      expect(other).toMatchObject({ code: 1, err: expect.stringContaining('clinic/name') })
    }
    const link = await run(['invite', '--role', 'doctor', '--data', data])
    expect(link).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^https:\/\/clinic\.example\/#invite=[\w-]{43}\n$/),
    })
    expect(made.err).toContain(
      `invite --data ${data} --role doctor, then chartseal-server serve --data ${data}`,
    )
    // What init was told is not forgotten by whoever starts it.
    const place = ['--data', data, '--port', '0', '--console', 'off', '--log-level', 'silent']
    expect((await run(['serve', ...place])).out).toContain('North Street: https://clinic.example (')
    expect((await run(['invite', '--role', 'doctor', '--data', data])).out).toContain(
      'https://clinic.example/#',
    )
    const three = await run(['invite', '--role', 'patient', '--count', '3', '--data', data])
    expect(new Set(three.out.trim().split('\n')).size).toBe(3)
  })

  it('of this machine is not served to others before somebody says how they reach it', async () => {
    const data = join(emptyFolder(), 'clinic')
    await run(['init', '--data', data, '--name', 'North Street'])
    const { code, err } = await run(['serve', '--data', data, '--port', '0', '--host', '0.0.0.0'])
    expect([code, err]).toEqual([2, expect.stringContaining('The setting origin')])
  })

  it('is neither served nor made anew where its log is there and its store is not', async () => {
    const data = join(emptyFolder(), 'clinic')
    const place = ['--data', data, '--port', '0', '--console', 'off', '--log-level', 'silent']
    await run(['init', '--data', data, '--name', 'North Street'])
    expect((await run(['serve', ...place])).code).toBe(0)
    rmSync(join(data, 'store.db'))
    const lost = { code: 1, err: expect.stringContaining('clinic/store-lost') }
    expect(await run(['invite', '--role', 'doctor', '--data', data])).toMatchObject(lost)
    expect(await run(['serve', ...place])).toMatchObject(lost)
    expect(await run(['init', '--data', data, '--name', 'North Street'])).toMatchObject(lost)
    const mistyped = join(data, 'x')
    expect(await run(['serve', '--data', mistyped])).toMatchObject({
      code: 1,
      err: expect.stringContaining('clinic/missing'),
    })
    expect(existsSync(mistyped)).toBe(false)
  })

  it('must be there before somebody serves it or is invited', async () => {
    const data = emptyFolder()
    for (const args of [['serve', '--port', '0'], ['invite', '--role', 'patient'], ['doctor']])
      expect(await run([...args, '--data', data])).toMatchObject({
        code: 1,
        err: expect.stringContaining('clinic/missing'),
      })
  })
})

describe('a running server', () => {
  it('has a data folder for itself, and lets people in whom another process invites', async () => {
    const data = join(emptyFolder(), 'clinic')
    const server = await startServer(data)
    for (const name of ['store.db', 'log/checkpoint']) expect(statSync(join(data, name)).mode & 0o077).toBe(0)
    const second = await run(['serve', '--data', data])
    expect(second).toMatchObject({ code: 1, err: expect.stringContaining('data-folder/in-use') })
    const { out } = await run(['invite', '--role', 'patient', '--data', data])
    const caller = new Caller(server)
    await caller.enrol(out.trim().split('#invite=')[1] ?? '')
    // Whoever looks at its log sees it, also where nothing more comes.
    await expect.poll(() => server.printed(), patience).toContain('"route":"/v1/devices/')
    const nobody = await run(['doctor', '--data', data, '--origin', 'http://localhost:9'])
    expect(nobody).toMatchObject({ code: 1, out: expect.stringContaining('wrong it answers') })
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('ends when another process has taken its data folder', async () => {
    const data = join(emptyFolder(), 'clinic')
    const server = await startServer(data)
    for (const name of readdirSync(data).filter(one => one.startsWith('server.lock')))
      rmSync(join(data, name))
    expect(await server.ended).toBe(1)
    expect(server.printed()).toContain('files/lock-lost')
  })

  it('keeps nothing with --dev', async () => {
    const folder = emptyFolder()
    const child = spawn(process.execPath, [main, 'serve', '--dev', '--port', '0'], {
      env: plainEnv({ TMPDIR: folder }),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    await new Promise<void>(resolve =>
      child.stdout.setEncoding('utf8').on('data', part => {
        out += part
        if (out.includes('A clinic of your own')) resolve()
      }),
    )
    expect(out).toContain('Nothing is kept.')
    const port = /listening at 127\.0\.0\.1:(\d+)/.exec(out)?.[1]
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
    child.kill('SIGINT')
    expect(await new Promise(resolve => child.on('exit', resolve))).toBe(0)
    expect(existsSync(join(folder, 'chartseal-dev-'))).toBe(false)
  })

  it('gives metrics on a port of their own, to this machine, about nobody', async () => {
    const data = join(emptyFolder(), 'clinic')
    const server = await startServer(data, ['--metrics-port', '0'])
    const port = /metrics at 127\.0\.0\.1:(\d+)/.exec(server.printed())?.[1]
    const caller = new Caller(server)
    await caller.enrol(server.invitations[0] ?? '')
    await caller.send('GET', '/v1/mailboxes/x')
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    expect(text).toContain(
      'chartseal_request_seconds_count{method="PUT",route="/v1/devices/{kid}",status="200"} 1',
    )
    expect(text).toContain('chartseal_refused_total{code="request/invalid"} 1')
    expect(text).toMatch(/chartseal_log_working 1/)
    expect(text).not.toContain('chartseal_log_writer')
    expect(text).toMatch(/chartseal_ledger_working 1/)
    for (const name of [caller.device.kid, caller.mailbox]) expect(text).not.toContain(name)
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })
})

/** A page as the console's build leaves it. */
function makePage(folder: string): {
  readonly files: Record<'index.html' | 'assets/app-1.js', string>
  readonly manifest: string
} {
  const files = {
    'index.html': '<!doctype html><title>x</title>',
    'assets/app-1.js': 'console.log("x".repeat(100))',
  }
  const sha256 = (text: string): string => encodeHex(defaultEngine().sha256(new TextEncoder().encode(text)))
  const hashes = { '/': sha256(files['index.html']), '/assets/app-1.js': sha256(files['assets/app-1.js']) }
  const manifest = `${JSON.stringify({ v: 1, version: '0.1.0', files: hashes })}\n`
  mkdirSync(join(folder, 'assets'), { recursive: true })
  for (const [name, text] of Object.entries({ ...files, 'manifest.json': manifest }))
    writeFileSync(join(folder, name), text)
  return { files, manifest }
}

describe('the page', () => {
  it('is not served when it is other than its manifest says', async () => {
    const folder = emptyFolder()
    const page = join(folder, 'page')
    const serve = ['serve', '--dev', '--port', '0', '--console', page, '--log-level', 'silent']
    const changes: [string, string | null][] = [
      ['index.html', '<!doctype html><script>'],
      ['extra.js', 'x'],
      ['assets/app-1.js', null],
    ]
    for (const [name, text] of changes) {
      rmSync(page, { recursive: true, force: true })
      makePage(page)
      if (text === null) rmSync(join(page, name))
      else writeFileSync(join(page, name), text)
      expect(await run(serve)).toMatchObject({ code: 1, err: expect.stringContaining('page/not-as-built') })
    }
    rmSync(join(page, 'manifest.json'))
    expect(await run(serve)).toMatchObject({ code: 1, err: expect.stringContaining('/manifest.json is not') })
  })

  it('is served from memory with its manifest, whose hash the log has', async () => {
    const folder = emptyFolder()
    const { files, manifest } = makePage(join(folder, 'page'))
    const server = await startServer(join(folder, 'clinic'), ['--console', join(folder, 'page')])
    const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`http://127.0.0.1:${server.port}${path}`, { headers })
    const index = await get('/')
    expect([
      await index.text(),
      index.headers.get('content-type'),
      index.headers.get('cache-control'),
    ]).toEqual([files['index.html'], 'text/html; charset=utf-8', 'no-cache'])
    expect((await get('/', { 'accept-encoding': 'gzip' })).headers.get('content-encoding')).toBe('gzip')
    expect((await get('/', { 'if-none-match': index.headers.get('etag') ?? '' })).status).toBe(304)
    const asset = await get('/assets/app-1.js', { 'accept-encoding': 'identity' })
    expect([await asset.text(), asset.headers.get('cache-control')]).toEqual([
      files['assets/app-1.js'],
      'public, max-age=31536000, immutable',
    ])
    expect((await get('/assets/../clinic/store.db')).status).toBe(404)
    expect((await get('/index.html')).status).toBe(404)
    const { console } = await (await get('/v1/clinic')).json()
    expect(console.sha256).toBe(encodeHex(defaultEngine().sha256(new TextEncoder().encode(manifest))))
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    const bundle = readFileSync(join(folder, 'clinic/log/tile/entries/000.p/1'), 'latin1')
    expect(bundle).toContain(`{"console":"${console.sha256}","version":"0.1.0"}`)
  })
})

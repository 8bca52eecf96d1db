import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatLink, parseLink } from '@chartseal/ipfs-envelope/shl'
import { decode } from 'fast-png'
import decodeQR from 'qr/decode.js'
import { describe, expect, it } from 'vitest'
import { codeIn } from './codes.js'
import { bundle, linkWorld } from './shl-world.js'

const asLindqvist = ['--recipient', 'Dr. Lindqvist']
const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))

describe('chartseal shl create', () => {
  it('prints a link that works for a day, and gives the server no key', async () => {
    const { run, json, cwd, baseUrl } = await linkWorld()
    const made = await run(['create', '--store', 'links', '--url', `${baseUrl}/`, 'bundle.json'])
    expect(made).toMatchObject({ exitCode: 0, stderr: '' })
    const link = parseLink(made.stdout)
    expect(link).toMatchObject({ flags: '', label: null, expSeconds: Date.UTC(2026, 6, 16, 12) / 1000 })
    expect(link.url.startsWith(`${baseUrl}/`)).toBe(true)
    const key = Buffer.from(link.key.reveal())
    const kept = filesOf(join(cwd, 'links'))
    expect(kept).toHaveLength(3)
    for (const file of kept) {
      const bytes = readFileSync(file)
      for (const form of ['base64url', 'base64', 'hex'] as const)
        expect(bytes.includes(key.toString(form))).toBe(false)
      expect(bytes.includes('Patient')).toBe(false)
      expect(statSync(file).mode & 0o077).toBe(0)
    }
    // The folder knows its server from now on.
    const again = await json([
      'create',
      '--store',
      'links',
      '--label',
      'Größe ✓',
      '--hours',
      '0',
      '--long-term',
      'bundle.json',
    ])
    expect(again).toMatchObject({ flags: 'L', expires_ms: null })
    expect(parseLink(`${again['link']}`)).toMatchObject({ label: 'Größe ✓', flags: 'L', expSeconds: null })
    const other = await run([
      'create',
      '--store',
      'links',
      '--url',
      'https://other.example/shl',
      'bundle.json',
    ])
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining(`are of ${baseUrl}, not of`)])
  })

  it('draws the link as a QR code of level M, behind a viewer when asked to', async () => {
    const { create, cwd } = await linkWorld()
    const viewer = 'https://viewer.example/'
    expect((await create(['--direct', '--qr', 'link.png', '--viewer', viewer])).exitCode).toBe(0)
    const text = readFileSync(join(cwd, 'link.txt'), 'utf8').trim()
    expect(text.startsWith(`${viewer}#shlink:/`)).toBe(true)
    const { width, height, data } = decode(readFileSync(join(cwd, 'link.png')))
    const rgba = Uint8Array.from([...data].flatMap(value => [value, value, value, 255]))
    expect(decodeQR({ width, height, data: rgba })).toBe(text)
    expect(statSync(join(cwd, 'link.png')).mode & 0o077).toBe(0)
    expect((await create(['--qr', 'link.gif'])).exitCode).toBe(2)
    const shown = await create(['--qr', '-'])
    expect(shown.stdout.split('\n').length).toBeGreaterThan(20)
    expect((await create(['--qr', '-', '--json'])).exitCode).toBe(2)
  })

  it('asks for a passcode twice, and never takes one from the command line', async () => {
    const { create, run, cwd } = await linkWorld()
    const asked = await create(['--passcode'], { isTerminal: true, typed: '2468' })
    expect(asked).toMatchObject({ exitCode: 0, stderr: '' })
    expect(asked.asked).toEqual(['Passcode of the link', 'Passcode of the link, once more'])
    expect(parseLink(readFileSync(join(cwd, 'link.txt'), 'utf8')).flags).toBe('P')
    for (const file of filesOf(join(cwd, 'links'))) expect(readFileSync(file).includes('2468')).toBe(false)
    expect(await create(['--passcode'], {})).toMatchObject({ exitCode: 2 })
    expect(
      (await create(['--passcode', '--direct'], { env: { CHARTSEAL_PASSCODE: '2468' } })).stderr,
    ).toContain('--direct')
    expect((await run(['create', '--passcode=2468', '--store', 'links', 'bundle.json'])).exitCode).toBe(2)
  })

  it('refuses what a plain client could not open, and writes nothing then', async () => {
    const { create, run, cwd } = await linkWorld()
    writeFileSync(join(cwd, 'scan.pdf'), '%PDF-1.7')
    writeFileSync(join(cwd, 'twice.json'), '{"resourceType":"Patient","resourceType":"Basic"}')
    writeFileSync(join(cwd, 'large.json'), 'x'.repeat(5_000_001))
    const refuse = async (...args: readonly string[]): Promise<string> => codeIn(await create(args))
    expect(await refuse('scan.pdf')).toBe('cli/not-json')
    expect(await refuse('twice.json')).toBe('cli/not-json')
    expect(await refuse('large.json')).toBe('cli/too-large')
    expect(await refuse('--label', 'x'.repeat(81))).toBe('shl/bad-label')
    expect(await refuse('--direct', 'bundle.json')).toBe('shl/not-servable')
    const none = await run(['create', '--store', 'links', 'bundle.json'])
    expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining('needs --url')])
    const insecure = await run([
      'create',
      '--store',
      'links',
      '--url',
      'http://clinic.example',
      'bundle.json',
    ])
    expect(codeIn(insecure)).toBe('shl/bad-url')
    expect(readdirSync(cwd).toSorted()).toEqual(['bundle.json', 'large.json', 'scan.pdf', 'twice.json'])
  })
})

describe('chartseal shl serve', () => {
  it('answers for links that were made before and while it runs, and says who opened them', async () => {
    const { create, run, serve, cwd } = await linkWorld()
    await create()
    const server = await serve()
    const opened = await run(['open', '--local', ...asLindqvist, 'link.txt'])
    expect(opened).toMatchObject({ exitCode: 0, stderr: '' })
    expect(JSON.parse(opened.stdout)).toEqual(bundle)
    await create(['--direct'])
    const text = readFileSync(join(cwd, 'link.txt'), 'utf8')
    expect(
      (await run(['open', '--local', '--recipient', 'Ward "3"\u001b[2J'], { stdin: text })).exitCode,
    ).toBe(0)
    const log = await run(['log', 'links'])
    expect(log.stdout).toMatch(
      /^2026-07-15T12:00:00\.000Z {2}\S{8} {2}the list of files, to "Dr\. Lindqvist"\n.* {2}the file, to "Ward \\"3\\"\\u001b\[2J"\n$/,
    )
    expect(server.told()).toContain(log.stdout)
    expect(await server.stop()).toBe(0)
    expect(await run(['log', 'links'])).toEqual(log)
  })

  it('gives large files by locations, each once', async () => {
    const { create, json, serve, cwd, baseUrl } = await linkWorld()
    const large = { resourceType: 'Basic', text: 'x'.repeat(200_000) }
    writeFileSync(join(cwd, 'large.json'), JSON.stringify(large))
    await create(['--no-zip', 'large.json'])
    const server = await serve()
    const { files } = await json(['open', '--local', ...asLindqvist, 'link.txt'])
    expect(files).toMatchObject([
      {
        content_type: 'application/fhir+json',
        content: JSON.stringify(large),
        fhir_version: '4.0.1',
        status: 'finalized',
      },
      { content_type: 'application/fhir+json', content: JSON.stringify(bundle) },
    ])
    const { url } = parseLink(readFileSync(join(cwd, 'link.txt'), 'utf8'))
    const asked = await fetch(url, { method: 'POST', body: '{"recipient":"x"}' })
    const { location } = (await asked.json()).files[0]
    expect(location.startsWith(`${url}/files/`)).toBe(true)
    expect((await fetch(location, { method: 'HEAD' })).status).toBe(405)
    expect([(await fetch(location)).status, (await fetch(location)).status]).toEqual([200, 404])
    expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(204)
    for (const path of ['', '/', '/..', '/x', '/../links']) {
      expect(
        (await fetch(`${baseUrl}${path}`, { method: 'POST', body: '{"recipient":"x"}' })).status,
        path,
      ).toBe(404)
    }
    await server.stop()
  })

  it('counts wrong passcodes for the life of the link, over restarts and many at once', async () => {
    const { create, run, serve, cwd } = await linkWorld()
    await create(['--passcode', '--attempts', '6'], { env: { CHARTSEAL_PASSCODE: '2468' } })
    const { url } = parseLink(readFileSync(join(cwd, 'link.txt'), 'utf8'))
    const guess = () => fetch(url, { method: 'POST', body: '{"recipient":"x","passcode":"1"}' })
    const first = await serve()
    const statuses = await Promise.all(Array.from({ length: 3 }, async () => (await guess()).status))
    expect(statuses).toEqual([401, 401, 401])
    await first.stop()
    const second = await serve()
    const wrong = await run(['open', '--local', ...asLindqvist, 'link.txt'], {
      env: { CHARTSEAL_PASSCODE: '1' },
    })
    expect(wrong.stderr).toContain('wrong ones that the link still takes: 2')
    expect(codeIn(wrong)).toBe('shl/wrong-passcode')
    const right = ['open', '--local', ...asLindqvist, 'link.txt']
    const opened = await run(right, { isTerminal: true, typed: '2468' })
    expect([opened.exitCode, opened.asked]).toEqual([0, ['Passcode of the link']])
    const last = await Promise.all(Array.from({ length: 8 }, async () => (await guess()).status))
    expect(last.toSorted()).toEqual([401, 401, 404, 404, 404, 404, 404, 404])
    expect(codeIn(await run(right, { env: { CHARTSEAL_PASSCODE: '2468' } }))).toBe('shl/not-active')
    expect((await run(['log', 'links'])).stdout.match(/wrong passcode/g)).toHaveLength(6)
    await second.stop()
  })

  it('has what it said on the disk: a kill gives no guess back, and loses no name', async () => {
    const { create, run, cwd, baseUrl, serve } = await linkWorld()
    await create(['--passcode', '--attempts', '3', '--hours', '87600'], {
      env: { CHARTSEAL_PASSCODE: '2468' },
    })
    const { url } = parseLink(readFileSync(join(cwd, 'link.txt'), 'utf8'))
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
    const args = [main, 'shl', 'serve', join(cwd, 'links'), '--port', new URL(baseUrl).port]
    for (const killed of [1, 2]) {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(child.stdout, 'data')
      const { status } = await fetch(url, {
        method: 'POST',
        body: `{"recipient":"${killed}","passcode":"1"}`,
      })
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(status).toBe(401)
    }
    const server = await serve()
    const wrong = await run(['open', '--local', ...asLindqvist, 'link.txt'], {
      env: { CHARTSEAL_PASSCODE: '1' },
    })
    expect(wrong.stderr).toContain('wrong ones that the link still takes: 0')
    const { stdout } = await run(['log', 'links'])
    expect(stdout.match(/from "[^"]+"/g)).toEqual(['from "1"', 'from "2"', 'from "Dr. Lindqvist"'])
    await server.stop()
  })

  it('forgets a link whose folder was removed, and one that has expired', async () => {
    const { create, run, serve, cwd, clock } = await linkWorld()
    await create(['--hours', '1'])
    const server = await serve()
    const other = formatLink({ ...parseLink(readFileSync(join(cwd, 'link.txt'), 'utf8')), expSeconds: null })
    clock.advance(3_600_000)
    expect(codeIn(await run(['open', '--local', ...asLindqvist, 'link.txt']))).toBe('shl/expired')
    expect(codeIn(await run(['open', '--local', ...asLindqvist], { stdin: other }))).toBe('shl/not-active')
    await create()
    expect((await run(['open', '--local', ...asLindqvist, 'link.txt'])).exitCode).toBe(0)
    for (const id of readdirSync(join(cwd, 'links/links')))
      rmSync(join(cwd, 'links/links', id), { recursive: true })
    expect(codeIn(await run(['open', '--local', ...asLindqvist, 'link.txt']))).toBe('shl/not-active')
    await server.stop()
  })

  it('is alone on its folder, and needs one', async () => {
    const { create, run, serve } = await linkWorld()
    expect((await run(['serve', 'links'])).exitCode).toBe(2)
    await create()
    const server = await serve()
    expect(codeIn(await run(['serve', 'links', '--port', '0']))).toBe('files/locked')
    await server.stop()
  })
})

describe('chartseal shl open', () => {
  it('writes the files of a link into a folder, under names of its own', async () => {
    const { create, run, serve, cwd } = await linkWorld()
    writeFileSync(join(cwd, 'card.json'), '{"verifiableCredential":["a.b.c"]}')
    await create(['card.json'])
    const server = await serve()
    const several = await run(['open', '--local', ...asLindqvist, 'link.txt'])
    expect([several.exitCode, several.stderr]).toEqual([2, expect.stringContaining('has 2 files')])
    const written = await run(['open', '--local', ...asLindqvist, '--to', 'rosa', 'link.txt'])
    expect(written.stdout).toBe('rosa/1.smart-health-card\nrosa/2.json\n')
    expect(JSON.parse(readFileSync(join(cwd, 'rosa/2.json'), 'utf8'))).toEqual(bundle)
    expect((await run(['open', '--local', ...asLindqvist, '--to', 'rosa', 'link.txt'])).exitCode).toBe(2)
    expect(
      (await run(['open', '--local', ...asLindqvist, '--to', 'rosa', '--force', 'link.txt'])).exitCode,
    ).toBe(0)
    expect(
      (await run(['open', '--local', ...asLindqvist, '--to', 'rosa', '-o', 'x', 'link.txt'])).exitCode,
    ).toBe(2)
    await server.stop()
  })

  it('refuses an empty file, and what is no link', async () => {
    const { run } = await linkWorld()
    expect((await run(['open', '--local', ...asLindqvist], { stdin: ' \n' })).exitCode).toBe(2)
    expect(codeIn(await run(['open', '--local', ...asLindqvist], { stdin: 'hello' }))).toBe('shl/not-a-link')
    expect((await run(['open'], { stdin: 'hello' })).stderr).toContain('--recipient')
  })
})

describe('chartseal shl debug', () => {
  it('names the stage at which a link fails', async () => {
    const { create, run, json, serve, cwd } = await linkWorld()
    await create(['--direct', '--label', 'Rosa\u202e'])
    const debug = ['debug', '--local', '--recipient', 'Help desk', 'link.txt']
    const unreachable = await run(debug)
    expect(unreachable.exitCode).toBe(1)
    expect(unreachable.stdout).toContain('retrieve  failed: ')
    expect(unreachable.stdout).toContain(
      '(shl/unreachable)\ndecrypt   not reached\nbundle    not reached\nVerdict   the link fails at retrieve\n',
    )
    const server = await serve()
    const refused = await run(debug.filter(word => word !== '--local'))
    expect(refused.stdout).toContain('it is of this machine, and nobody allowed that. (shl/bad-url)')
    const works = await run(debug)
    expect([works.exitCode, works.stderr]).toEqual([0, ''])
    expect(works.stdout).toMatch(
      /^Label {5}"Rosa\\u202e"\ndecode {4}passed: one file by GET at 127\.0\.0\.1:\d+, flags U\nretrieve {2}passed: 1 file\ndecrypt {3}passed: application\/fhir\+json, \d+ bytes\nbundle {4}passed: 1 file as the type says\nVerdict {3}the link works\n$/,
    )
    const [id = ''] = readdirSync(join(cwd, 'links/links'))
    const file = join(cwd, 'links/links', id, '0.jwe')
    const jwe = readFileSync(file, 'utf8')
    writeFileSync(file, `${jwe.slice(0, -1)}${jwe.endsWith('A') ? 'Q' : 'A'}`)
    expect(await json(debug)).toMatchObject({ failed_at: 'decrypt', stages: { 2: { code: 'open/failed' } } })
    expect(await json(['debug', '--local', '--recipient', 'x'], { stdin: 'shlink:/x' })).toMatchObject({
      failed_at: 'decode',
      link: null,
    })
    await server.stop()
  })

  it('asks for the passcode of a link that needs one', async () => {
    const { create, run, serve } = await linkWorld()
    await create(['--passcode'], { env: { CHARTSEAL_PASSCODE: '2468' } })
    const server = await serve()
    const ran = await run(['debug', '--local', '--recipient', 'x', 'link.txt'], {
      isTerminal: true,
      typed: '2468',
    })
    expect([ran.exitCode, ran.asked]).toEqual([0, ['Passcode of the link']])
    expect(ran.stdout).toContain('Note      The profile of CMS')
    await server.stop()
  })
})

describe('chartseal shl end', () => {
  it('ends that link alone, at once, and leaves nothing of it', async () => {
    const { create, run, serve, cwd } = await linkWorld()
    await create()
    const kept = readFileSync(join(cwd, 'link.txt'), 'utf8')
    await create(['--direct'])
    const server = await serve()
    const end = ['end', '--store', 'links', 'link.txt']
    expect(await run(end)).toMatchObject({ exitCode: 0, stdout: 'The link has ended.\n' })
    expect(codeIn(await run(['open', '--local', ...asLindqvist, 'link.txt']))).toBe('shl/not-active')
    expect((await run(['open', '--local', ...asLindqvist], { stdin: kept })).exitCode).toBe(0)
    expect(readdirSync(join(cwd, 'links/links'))).toHaveLength(1)
    expect((await run(end)).exitCode).toBe(2)
    // A process that died in between has left the files.
    const { url } = parseLink(readFileSync(join(cwd, 'link.txt'), 'utf8'))
    mkdirSync(join(cwd, 'links/links', `${url.slice(-43)}.ended`))
    expect((await run(end)).exitCode).toBe(0)
    expect(readdirSync(join(cwd, 'links/links'))).toHaveLength(1)
    expect((await run(['end', '--store', 'elsewhere'], { stdin: kept })).exitCode).toBe(2)
    await server.stop()
  })
})

describe('chartseal shl log', () => {
  it('says when nobody came yet', async () => {
    const { create, run, serve, json } = await linkWorld()
    await create()
    await (await serve()).stop()
    expect((await run(['log', 'links'])).stdout).toBe('Nobody yet.\n')
    expect(await json(['log', 'links'])).toEqual({ accesses: [] })
  })
})

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readNamed } from '../dist/clinic/console-files.js'
import { createListener, listen } from '../dist/listen.js'
import { problemCode, type TestClinic, testClinic } from './api-world.js'
import { run } from './command-run.js'

const files = {
  '/': '<!doctype html><title>Docs</title>',
  '/site.css': `body{${' '.repeat(500)}}`,
  '/docs/guides/a.html': '<!doctype html><title>A</title>',
  '/packages/wire/index.html': '<!doctype html><title>wire</title>',
}

/** A site as `npm run docs` writes it. */
function makeSite(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-docs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const hashes = Object.entries(files).map(([path, text]) => {
    const target = join(folder, path === '/' ? 'index.html' : path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
    return [path, createHash('sha256').update(text).digest('hex')]
  })
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ v: 1, files: Object.fromEntries(hashes) }))
  return folder
}

const serving = async (): Promise<TestClinic> => testClinic({ app: { docs: await readNamed(makeSite()) } })

describe('the documentation under /docs', () => {
  it('is not there unless its folder was named', async () => {
    const { ask } = await testClinic()
    for (const path of ['/docs', '/docs/', '/docs/site.css']) {
      const answer = await ask('GET', path)
      expect([path, answer.status, await problemCode(answer)]).toEqual([path, 404, 'request/not-found'])
    }
  })

  it('is given out file by file, with its types, hashes and a policy that runs nothing', async () => {
    const { ask } = await serving()
    const expected: [string, string, string][] = [
      ['/docs/', files['/'], 'text/html; charset=utf-8'],
      ['/docs/index.html', files['/'], 'text/html; charset=utf-8'],
      ['/docs/index.html?from=a', files['/'], 'text/html; charset=utf-8'],
      ['/docs/site.css', files['/site.css'], 'text/css; charset=utf-8'],
      ['/docs/docs/guides/a.html', files['/docs/guides/a.html'], 'text/html; charset=utf-8'],
      ['/docs/packages/wire/', files['/packages/wire/index.html'], 'text/html; charset=utf-8'],
    ]
    for (const [path, text, type] of expected) {
      const answer = await ask('GET', path)
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, type])
      expect(await answer.text()).toBe(text)
      expect(answer.headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      const again = await ask('GET', path, { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } })
      expect([again.status, await again.text()]).toEqual([304, ''])
    }
    const packed = await ask('GET', '/docs/site.css', { headers: { 'accept-encoding': 'gzip' } })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    const moved = await ask('GET', '/docs')
    expect([moved.status, moved.headers.get('location')]).toEqual([308, '/docs/'])
  })

  it('gives out nothing else, however its address is written', async () => {
    const { app } = await serving()
    const server = createListener((request, env) => app.fetch(request, env))
    onTestFinished(() => void server.close())
    const port = await listen(server, '127.0.0.1', 0)
    const statusOf = (method: string, path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const request = http.request({ port, method, path, agent: false }, answer => {
          answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
        })
        request.once('error', reject).end()
      })
    expect(await statusOf('HEAD', '/docs/site.css')).toBe(200)
    const paths = [
      '/docs/../keys/log.json',
      '/docs/../docs/../../etc/passwd',
      '/docs/%2e%2e/%2e%2e/etc/passwd',
      '/docs/..%2f..%2fetc%2fpasswd',
      '/docs//etc/passwd',
      '/docs/docs/guides',
      '/docs/docs/guides/',
      '/docs/site.css/',
      '/docs/site.css%00.html',
      '/docs/constructor',
      '/docsx/site.css',
    ]
    for (const path of paths) expect([path, await statusOf('GET', path)]).toEqual([path, 404])
    // No address at all: Node and browsers would read it differently.
    expect(await statusOf('GET', '/docs/..\\..\\etc\\passwd')).toBe(400)
    for (const method of ['POST', 'PUT', 'DELETE']) expect(await statusOf(method, '/docs/site.css')).toBe(404)
  })

  it('is refused at the start when it is not as its manifest says, or leads out of its folder', async () => {
    const serve = (docs: string): ReturnType<typeof run> =>
      run('serve', '--dev', '--port', '0', '--console', 'off', '--docs', docs, '--log-level', 'silent')
    const refused = { code: 1, err: expect.stringContaining('page/not-as-built') }
    const changed = makeSite()
    writeFileSync(join(changed, 'site.css'), '@import url(https://elsewhere.example/a.css)')
    expect(await serve(changed)).toMatchObject(refused)
    const linked = makeSite()
    rmSync(join(linked, 'site.css'))
    symlinkSync(join(changed, 'manifest.json'), join(linked, 'site.css'))
    expect(await serve(linked)).toMatchObject(refused)
    const bare = makeSite()
    rmSync(join(bare, 'manifest.json'))
    expect(await serve(bare)).toMatchObject(refused)
    expect(await serve(join(bare, 'nowhere'))).toMatchObject(refused)
    expect(await serve(makeSite())).toMatchObject({ code: 0, out: expect.stringContaining('/docs/') })
  })
})

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cli, cliJson, emptyFolder } from './cli.js'
import { codeIn } from './codes.js'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const page: Readonly<Record<string, string>> = {
  '/': '<!doctype html>',
  '/assets/index-1.js': 'start()',
  '/sw.js': 'keep()',
}

function manifestOf(files: Readonly<Record<string, string>>): string {
  const hashes = Object.entries(files).map(([path, text]) => [path, sha256(text)])
  return JSON.stringify({ v: 1, version: '0.1.0', files: Object.fromEntries(hashes) })
}

/** A clinic that serves these files; a redirect for `null`. */
async function served(files: Readonly<Record<string, string | null>>): Promise<string> {
  const server = createServer((request, response) => {
    const found = files[request.url ?? '']
    if (found === null) response.writeHead(302, { location: '/' }).end()
    else if (found === undefined) response.writeHead(404).end()
    else response.end(found)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port }: AddressInfo = Object.assign({ port: 0, family: '', address: '' }, server.address())
  return `http://127.0.0.1:${port}`
}

function releaseFile(files = page): string {
  const file = join(emptyFolder(), 'manifest.json')
  writeFileSync(file, manifestOf(files))
  return file
}

describe('chartseal console verify', () => {
  it('says that every file is the one of the release', async () => {
    const url = await served(page)
    const ran = await cli(['console', 'verify', url, '--manifest', releaseFile()])
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toContain('All 3 files of the page')
    expect(ran.stdout).toContain(sha256(manifestOf(page)))
    expect(ran.stdout).not.toContain('of the clinic itself')
  })

  it('names each file that is changed, missing, or sent from elsewhere', async () => {
    const url = await served({ '/': '<!doctype html> ', '/sw.js': null })
    const args = ['console', 'verify', url, '--manifest', releaseFile()]
    expect((await cli(args)).exitCode).toBe(1)
    expect((await cliJson(args))['differences']).toEqual([
      { path: '/', problem: 'changed' },
      { path: '/assets/index-1.js', problem: 'missing' },
      { path: '/sw.js', problem: 'unreadable' },
    ])
  })

  it("takes the clinic's own manifest, and says what that is worth", async () => {
    const url = await served({ ...page, '/manifest.json': manifestOf(page) })
    const alone = await cli(['console', 'verify', url])
    expect(alone.exitCode).toBe(0)
    expect(alone.stdout).toContain('This is the manifest of the clinic itself')
    const named = await cliJson(['console', 'verify', url, '--sha256', sha256(manifestOf(page))])
    expect(named).toMatchObject({ same: true, of_release: true, files: 3 })
    expect(codeIn(await cli(['console', 'verify', url, '--sha256', sha256('another')]))).toBe(
      'cli/other-manifest',
    )
  })

  it.each([
    ['no manifest', {}],
    ['a manifest with a path that leads elsewhere', { '/manifest.json': manifestOf({ '/../secret': '' }) }],
    ['another version of manifests', { '/manifest.json': '{"v":2,"version":"","files":{}}' }],
  ])('refuses a clinic with %s', async (_, files) => {
    const ran = await cli(['console', 'verify', await served(files)])
    expect([ran.exitCode, codeIn(ran)]).toEqual([1, 'cli/no-manifest'])
  })

  it.each([[['clinic.example']], [['http://localhost', '--sha256', 'AB']], [[]]])(
    'refuses the arguments %j as a wrong call',
    async args => {
      expect((await cli(['console', 'verify', ...args])).exitCode).toBe(2)
    },
  )
})

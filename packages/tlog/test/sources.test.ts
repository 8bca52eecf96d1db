import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundleAt, changed, codeOf, flipBit } from '@chartseal/testkit'
import {
  type FetchedFile,
  type FetchLike,
  httpSource,
  mapSource,
  maxFileBytes,
  verifyTree,
} from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { afterAll, describe, expect, it } from 'vitest'
import { logOf, numbered } from './leaves.js'

const log = logOf(600)
const folder = mkdtempSync(join(tmpdir(), 'chartseal-source-'))
for (const [name, bytes] of log.files) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), bytes)
}

// The paths below decide what happens; everything else is a file of the log.
const server = createServer((request, response) => {
  const path = (request.url ?? '').replace(/^\/log\//, '')
  const file = log.files.get(path)
  if (path === 'moved') response.writeHead(302, { location: '/log/checkpoint' }).end()
  else if (path === 'broken') response.writeHead(500).end()
  else if (path === 'gone') response.writeHead(410).end()
  else if (path === 'hangs-up') response.destroy()
  else if (path === 'endless') response.writeHead(200).end(new Uint8Array(5000))
  else if (file === undefined) response.writeHead(404).end()
  else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file)
})
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const prefix = `http://127.0.0.1:${port}/log`

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

describe.each([
  ['a map', mapSource(log.files)],
  ['a folder', folderSource(folder)],
  ['a web server', httpSource(prefix, fetch)],
  ['a web server, with a slash', httpSource(`${prefix}/`, fetch)],
])('%s', (_, source) => {
  it('gives what is there, and null for the rest', async () => {
    expect(await verifyTree(source, log.head, { rules: numbered })).toEqual([])
    expect(await source.read('checkpoint')).toBe(null)
    expect(await source.read(`${bundleAt(0)}/000`)).toBe(null)
  })
})

describe('a folder', () => {
  it('is verified as it is when it is read', async () => {
    const damaged = changed(log.files, copy => flipBit(copy, bundleAt(1), 400))
    writeFileSync(join(folder, bundleAt(1)), damaged.get(bundleAt(1)) ?? '')
    const found = await verifyTree(folderSource(folder), log.head, { rules: numbered })
    expect(found.map(({ message }) => message)).toEqual(['Entry 256 was edited (1 in a row).'])
    writeFileSync(join(folder, bundleAt(1)), log.files.get(bundleAt(1)) ?? '')
  })

  it('verify/unreadable: what is no file, or larger than any file of a log', async () => {
    const source = folderSource(folder)
    const refusal = source.read('tile')
    await expect(refusal).rejects.toMatchObject({ code: 'verify/unreadable', context: { path: 'tile' } })
    await expect(refusal).rejects.not.toThrow(folder)
    truncateSync(join(folder, bundleAt(2, 88)), maxFileBytes + 1)
    expect(await codeOf(() => source.read(bundleAt(2, 88)))).toBe('verify/unreadable')
    expect(await codeOf(() => verifyTree(source, log.head, { rules: numbered }))).toBe('verify/unreadable')
    writeFileSync(join(folder, bundleAt(2, 88)), log.files.get(bundleAt(2, 88)) ?? '')
  })

  it.skipIf(spawnSync('mkfifo', [join(folder, 'pipe')]).status !== 0)('does not wait at a pipe', async () => {
    expect(await codeOf(() => folderSource(folder).read('pipe'))).toBe('verify/unreadable')
  })
})

describe('a web server', () => {
  it('verify/unreadable: everything but the file itself, from where it was asked for', async () => {
    const source = httpSource(prefix, fetch, { limitBytes: 4999 })
    for (const path of ['moved', 'broken', 'hangs-up', 'endless']) {
      expect([path, await codeOf(() => source.read(path))]).toEqual([path, 'verify/unreadable'])
    }
    expect(await source.read('gone')).toBe(null)
    const roomy = httpSource(prefix, fetch, { limitBytes: 5000 })
    expect(await roomy.read('endless')).toHaveLength(5000)
  })

  it('an answer that was redirected all the same', async () => {
    const careless: FetchLike = async url => ({ status: 200, url: `${url}.elsewhere`, body: null })
    expect(await codeOf(() => httpSource(prefix, careless).read('checkpoint'))).toBe('verify/unreadable')
  })

  it('takes a body as a stream, in pieces, or none', async () => {
    const pieces = [Uint8Array.of(1), Uint8Array.of(2, 3)]
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece)
        controller.close()
      },
    })
    // A stream as browsers without its iterator have it.
    const old = new Proxy(stream, {
      has: (target, name) => name !== Symbol.asyncIterator && name in target,
      get: (target, name) => {
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const answer = (body: FetchedFile['body']): Promise<Uint8Array | null> =>
      httpSource(prefix, async () => ({ status: 200, url: '', body })).read('checkpoint')
    expect(await answer(old)).toEqual(Uint8Array.of(1, 2, 3))
    expect(await answer(null)).toEqual(new Uint8Array())
  })

  it('what a stand-in throws is unreadable, whatever it is', async () => {
    const failing: FetchLike = () => Promise.reject('offline')
    await expect(httpSource(prefix, failing).read('checkpoint')).rejects.toMatchObject({
      code: 'verify/unreadable',
    })
  })

  it.each(['ftp://a/', 'https://a/?q', 'https://a/#f', 'a'])('refuses the prefix %s', text => {
    expect(() => httpSource(text, fetch)).toThrow(TypeError)
  })
})

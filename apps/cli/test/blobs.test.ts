import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { gatewayBlobs } from '@chartseal/ipfs-envelope/gateway'
import { fixedClock } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fakeGateway } from '../../../packages/ipfs-envelope/test/fake-gateway.js'
import { fakeNode } from '../../../packages/ipfs-envelope/test/fake-node.js'
import { run } from '../dist/run.js'
import { cli, cliJson, emptyFolder, noonMs, type Ran, Sink, worldIo } from './cli.js'

const record = Uint8Array.from({ length: 2_500_000 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 24)

/** A folder with a file in it. */
function folder(): string {
  const cwd = emptyFolder()
  writeFileSync(join(cwd, 'scan.sealed'), record)
  return cwd
}

const blobs = (cwd: string, ...args: readonly string[]): Promise<Ran> => cli(['blobs', ...args], { cwd })

/** The same, with the file in the block store `blocks`. */
async function stored(): Promise<{ cwd: string; cid: string }> {
  const cwd = folder()
  const ran = await blobs(cwd, 'import', '--store', 'blocks', 'scan.sealed')
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
  return { cwd, cid: ran.stdout.trim() }
}

const same = (cwd: string, name: string): boolean => readFileSync(join(cwd, name)).equals(record)

/** A file of the block store, the largest first. */
function blockFiles(cwd: string, store = 'blocks'): string[] {
  const names = readdirSync(join(cwd, store), { recursive: true, encoding: 'utf8' })
  const paths = names.filter(name => name.endsWith('.data')).map(name => join(cwd, store, name))
  return paths.sort((a, b) => statSync(b).size - statSync(a).size)
}

describe('chartseal blobs import and export', () => {
  it('takes a file and gives it back, by its CID', async () => {
    const { cwd, cid } = await stored()
    expect(cid).toMatch(/^bafybei/)
    expect(await blobs(cwd, 'export', '--store', 'blocks', cid, '-o', 'back')).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: '',
    })
    expect(same(cwd, 'back')).toBe(true)
    const again = await cliJson(['blobs', 'import', '--store', 'folder:blocks', 'scan.sealed'], { cwd })
    expect(again).toEqual({ cids: [cid] })
    const told = await cliJson(['blobs', 'export', '--store', 'blocks', cid, '-o', 'back', '--force'], {
      cwd,
    })
    expect(told).toEqual({ cids: [cid], size_bytes: record.length })
  })

  it('reads stdin and writes to stdout', async () => {
    const cwd = emptyFolder()
    const { stdout } = await cli(['blobs', 'import', '--store', 'blocks'], { cwd, stdin: 'sealed' })
    const out = await blobs(cwd, 'export', '--store', 'blocks', stdout.trim())
    expect(out).toMatchObject({ exitCode: 0, stdout: 'sealed' })
  })

  it('has the CID that the profile asks for', async () => {
    const cwd = emptyFolder()
    const put = (profile: string): Promise<Ran> =>
      cli(['blobs', 'import', '--store', 'blocks', '--profile', profile], { cwd, stdin: 'hello world' })
    expect((await put('unixfs-v0-2015')).stdout).toBe('Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD\n')
    expect(await put('latest')).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it('goes through a CAR file, which is a store to read', async () => {
    const { cwd, cid } = await stored()
    const small = (await cli(['blobs', 'import', '--store', 'blocks'], { cwd, stdin: 'x' })).stdout.trim()
    expect(
      await blobs(cwd, 'export', '--store', 'blocks', '--car', cid, small, '-o', 'two.car'),
    ).toMatchObject({
      exitCode: 0,
    })
    expect((await blobs(cwd, 'import', '--store', 'other', '--car', 'two.car')).stdout).toBe(
      `${cid}\n${small}\n`,
    )
    expect(await blobs(cwd, 'export', '--store', 'other', cid, '-o', 'one')).toMatchObject({ exitCode: 0 })
    expect(await blobs(cwd, 'export', '--store', 'car:two.car', cid, '-o', 'two')).toMatchObject({
      exitCode: 0,
    })
    expect([same(cwd, 'one'), same(cwd, 'two')]).toEqual([true, true])
    expect(await blobs(cwd, 'import', '--store', 'car:two.car', 'scan.sealed')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('car:two.car is only read'),
    })
  })

  it('goes through a node of your own, which needs its authorization', async () => {
    const { cwd, cid } = await stored()
    const { url, pins, headers } = await fakeNode()
    const node = ['--store', `rpc:${url}`]
    writeFileSync(join(cwd, 'token'), 'Bearer secret\n')
    const put = await blobs(cwd, 'import', ...node, '--authorization-file', 'token', 'scan.sealed')
    expect(put).toMatchObject({ exitCode: 0, stdout: `${cid}\n`, stderr: '' })
    expect([...pins]).toEqual([cid])
    expect(new Set(headers.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']))
    const env = { CHARTSEAL_NODE_AUTHORIZATION: 'Basic secret' }
    const got = await cli(['blobs', 'export', ...node, cid, '-o', 'back'], { cwd, env })
    expect(got).toMatchObject({ exitCode: 0, stderr: '' })
    expect([same(cwd, 'back'), headers.at(-1)?.authorization]).toEqual([true, 'Basic secret'])
    await blobs(cwd, 'export', '--store', 'blocks', '--car', cid, '-o', 'scan.car')
    expect((await blobs(cwd, 'import', ...node, '--car', 'scan.car')).stdout).toBe(`${cid}\n`)
  })

  it('reads from a gateway, and writes to none', async () => {
    const { cwd, cid } = await stored()
    const { url, blocks } = await fakeNode()
    await blobs(cwd, 'import', '--store', `rpc:${url}`, 'scan.sealed')
    const gateway = await fakeGateway(blocks)
    expect(await (await gatewayBlobs(gateway.url).range(cid)).read(0, 4)).toEqual(record.slice(0, 4))
    const store = ['--store', `gateway:${gateway.url}`]
    expect(await blobs(cwd, 'export', ...store, cid, '-o', 'back')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(same(cwd, 'back')).toBe(true)
    expect(await blobs(cwd, 'import', ...store, 'scan.sealed')).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it('writes nothing of a blob that is damaged, or not there', async () => {
    const { cwd, cid } = await stored()
    const [first = ''] = blockFiles(cwd)
    writeFileSync(first, readFileSync(first).fill('changed', 0, 7))
    const damaged = await blobs(cwd, 'export', '--store', 'blocks', cid, '-o', 'back')
    expect(damaged).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('envelope/cid-mismatch') })
    rmSync(first)
    const gone = await blobs(cwd, 'export', '--store', 'blocks', cid, '--car', '-o', 'back')
    expect(gone).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('envelope/blob-not-found') })
    expect(readdirSync(cwd).sort()).toEqual(['blocks', 'scan.sealed'])
  })

  it.each<[string, readonly string[], RegExp]>([
    ['no store', ['import', 'scan.sealed'], /--store <address>/],
    [
      'no such folder',
      ['export', '--store', 'nowhere', 'Qm', '-o', 'x'],
      /there is no block store in nowhere/,
    ],
    [
      'no such file',
      ['import', '--store', 'blocks', 'nothing'],
      /cannot read nothing: there is no such file/,
    ],
    ['no such CAR', ['verify', '--store', 'car:nothing'], /cannot read nothing/],
    ['a bare URL', ['verify', '--store', 'https://ipfs.example', 'Qm'], /rpc:https:.* or gateway:https:/],
    ['plain HTTP', ['verify', '--store', 'rpc:http://10.0.0.1:5001', 'Qm'], /must be https/],
    ['plain HTTP', ['verify', '--store', 'gateway:http://ipfs.example', 'Qm'], /must be an https URL/],
    ['no CID', ['verify', '--store', 'blocks'], /say which CIDs to look for in blocks/],
    [
      'two blobs in one file',
      ['export', '--store', 'blocks', 'a', 'b', '-o', 'x'],
      /several blobs need --car/,
    ],
    ['bytes as JSON', ['export', '--store', 'blocks', 'a', '--json'], /give --out FILE/],
    ['a file that exists', ['export', '--store', 'blocks', 'a', '-o', 'scan.sealed'], /--force replaces it/],
    ['no copies', ['pin', '--store', 'blocks', '--replicas', '0', 'a'], /A whole number from 1 to 100/],
    ['one store twice', ['pin', '--store', 'blocks', '--store', 'blocks', 'a'], /must be another one/],
  ])('calls a wrong call one: %s', async (_, args, word) => {
    const cwd = folder()
    if (!args.includes('nowhere')) mkdirSync(join(cwd, 'blocks'))
    const json = args.includes('--json')
    const ran = await blobs(cwd, ...args)
    expect(ran.exitCode).toBe(2)
    expect(json ? ran.stdout : ran.stderr).toMatch(word)
  })

  it('refuses what is no CAR, and a CID that is none', async () => {
    const { cwd } = await stored()
    const attempts = [
      await blobs(cwd, 'import', '--store', 'blocks', '--car', 'scan.sealed'),
      await blobs(cwd, 'verify', '--store', 'car:scan.sealed'),
      await blobs(cwd, 'verify', '--store', 'blocks', 'scan.dcm'),
      await blobs(cwd, 'export', '--store', 'blocks', 'scan.dcm', '-o', 'x'),
    ]
    expect(attempts.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1, 1])
    expect(attempts.map(({ stderr }) => /\(([^()]*)\)\n$/.exec(stderr)?.[1])).toEqual([
      'car/invalid',
      'car/invalid',
      'envelope/bad-cid',
      'envelope/bad-cid',
    ])
  })

  it('says that a node is silent, or not there', async () => {
    const { cwd, cid } = await stored()
    const silent = await fakeNode({ 'block/get': () => undefined })
    const store = ['--store', `rpc:${silent.url}`, '--timeout', '1']
    const waited = await blobs(cwd, 'export', ...store, cid, '-o', 'x')
    expect(waited).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('(remote/timeout)') })
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const address = server.address()
    onTestFinished(() => void server.close())
    server.on('request', request => request.destroy())
    const port = typeof address === 'object' ? address?.port : 0
    const away = await blobs(cwd, 'export', '--store', `rpc:http://127.0.0.1:${port}`, cid, '-o', 'x')
    expect(away).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('(remote/unreachable)') })
  })

  it('counts on a terminal only', async () => {
    const cwd = folder()
    const screen = Object.assign(new Sink(), { isTTY: true })
    const put = ['blobs', 'import', '--store', 'blocks', 'scan.sealed']
    expect(await run(put, worldIo({ cwd, isTerminal: true }, new Sink(), screen))).toBe(0)
    expect(screen.text).toContain('Bytes read')
    expect((await cli(put, { cwd })).stderr).toBe('')
  })
})

describe('chartseal blobs verify', () => {
  it('says of each blob whether it is whole', async () => {
    const { cwd, cid } = await stored()
    const absent = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
    const whole = await blobs(cwd, 'verify', '--store', 'blocks', cid)
    expect(whole).toMatchObject({ exitCode: 0, stdout: `whole       ${cid}, 2500000 bytes\n`, stderr: '' })
    const [block = ''] = blockFiles(cwd)
    writeFileSync(block, 'x')
    const found = await cli(['blobs', 'verify', '--store', 'blocks', '--json', cid, absent], { cwd })
    expect(found.exitCode).toBe(1)
    expect(JSON.parse(found.stdout)).toEqual({
      blobs: [
        { cid, state: 'damaged', size_bytes: null },
        { cid: absent, state: 'absent', size_bytes: null },
      ],
    })
  })

  it('looks at the roots of a CAR when it is not told what to look for', async () => {
    const { cwd, cid } = await stored()
    await blobs(cwd, 'export', '--store', 'blocks', '--car', cid, '-o', 'scan.car')
    expect((await blobs(cwd, 'verify', '--store', 'car:scan.car')).stdout).toContain(`whole       ${cid}`)
  })
})

describe('chartseal blobs pin', () => {
  it('makes copies, mends them, and says when there are too few', async () => {
    const { cwd, cid } = await stored()
    const { url } = await fakeNode()
    const stores = ['--store', 'blocks', '--store', 'backup', '--store', `rpc:${url}`]
    const pin = (...more: readonly string[]): Promise<Ran> => blobs(cwd, 'pin', ...stores, ...more, cid)
    expect(await pin()).toMatchObject({
      exitCode: 0,
      stdout: `whole       blocks\nwhole       backup\nabsent      rpc:${url}\n2 whole of 2 wanted: enough\n`,
    })
    for (const store of ['blocks', 'backup']) rmSync(blockFiles(cwd, store).at(-1) ?? '')
    expect(await pin()).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('2 too few') })
    await blobs(cwd, 'import', '--store', 'blocks', 'scan.sealed')
    expect(await pin('--replicas', '3')).toMatchObject({ exitCode: 0 })
    expect((await blobs(cwd, 'verify', '--store', 'backup', cid)).exitCode).toBe(0)
    expect((await blobs(cwd, 'verify', '--store', `rpc:${url}`, cid)).exitCode).toBe(0)
  })

  it('believes what it found for as long as it is told to', async () => {
    const { cwd, cid } = await stored()
    const clock = fixedClock(noonMs)
    const args = ['blobs', 'pin', '--store', 'blocks', '--store', 'backup', '--state', 'pins.json', cid]
    const pin = (): Promise<Ran> => cli([...args, '--every', '2'], { cwd, clock })
    expect(await pin()).toMatchObject({ exitCode: 0 })
    const lost = blockFiles(cwd, 'backup')[0] ?? ''
    rmSync(lost)
    clock.advance(2 * 3_600_000 - 1)
    expect(await pin()).toMatchObject({ exitCode: 0 })
    expect(blockFiles(cwd, 'backup')).not.toContain(lost)
    clock.advance(1)
    expect(await pin()).toMatchObject({ exitCode: 0 })
    expect(blockFiles(cwd, 'backup')).toContain(lost)
    writeFileSync(join(cwd, 'pins.json'), '{"v":1}')
    expect(await pin()).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^chartseal: pins.json: .*json/),
    })
  })

  it('answers with what it found in each store', async () => {
    const { cwd, cid } = await stored()
    const answer = await cliJson(['blobs', 'pin', '--replicas', '1', '--store', 'blocks', cid], { cwd })
    const replicas = [{ store: 'blocks', state: 'whole', checked_ms: noonMs }]
    expect(answer).toEqual({ cid, replicas, whole: 1, missing: 0 })
  })
})

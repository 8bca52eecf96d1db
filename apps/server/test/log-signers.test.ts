import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClinicLog } from '@chartseal/clinic/fs/log'
import { SigningKey } from '@chartseal/core/ed25519'
import { dealShares } from '@chartseal/core/frost'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { ed25519Signer, type NoteVerifier, parseVerifierKey, verifyCheckpoint } from '@chartseal/tlog'
import { type SignerGroup, signerGroup } from '@chartseal/tlog/threshold'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { dataPaths } from '../dist/data-folder.js'
import { answerSigner } from '../dist/log-signers/answer.js'
import { signerChecks } from '../dist/log-signers/checks.js'
import { run as runCommand } from '../dist/run.js'
import { run } from './command-run.js'
import { Caller, origin, startServer } from './server-process.js'

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-signers-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const names = ['okafor', 'rosa', 'lindt']

interface Officers {
  readonly base: string
  readonly data: string
  readonly list: string
}

/** Keys of three officers, and the list of them; where their signers will be is not known yet. */
async function officers(): Promise<Officers> {
  const base = emptyFolder()
  const lines: string[] = []
  for (const [i, name] of names.entries()) {
    const made = await run('log-signer', 'key', '--signer', join(base, name), '--name', name, '--unsealed')
    expect(made.code).toBe(0)
    lines.push(`${made.out.trim()} http://127.0.0.1:${i + 1}`)
  }
  const list = join(base, 'signers.txt')
  writeFileSync(list, `# who signs\n${lines.join('\n')}\n`)
  return { base, data: join(base, 'clinic'), list }
}

const initOf = ({ data, list }: Officers, ...more: readonly string[]) =>
  run(
    'init',
    '--data',
    data,
    '--name',
    'North',
    '--origin',
    origin,
    '--log-key',
    '2-of-3',
    '--log-signers',
    list,
    ...more,
  )

interface Running {
  readonly url: string
  readonly out: () => string
  stop(): Promise<void>
}

/** A signer in this process; resolves when it listens, rejects with what it said where it ends before. */
async function startSigner(
  { base, data }: Officers,
  name: string,
  ...more: readonly string[]
): Promise<Running> {
  let [said, end] = ['', (): void => undefined]
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  const share = more.includes('--handed-on') ? [] : ['--share', join(data, 'log-shares', `${name}.share`)]
  const words = ['log-signer', '--signer', join(base, name), ...share, '--port', '0', '--log-level', 'silent']
  let stopped: Promise<unknown> = Promise.resolve()
  const ready = new Promise<string>((resolve, reject) => {
    const take = (part: string): void => {
      said += part
      const [, port] = /\(listening at 127\.0\.0\.1:(\d+)\)/.exec(said) ?? []
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`)
    }
    const io = { env: { HOME: '/nowhere' }, clock: systemClock, random: systemRandom, out: take, err: take }
    const running = runCommand([...words, ...more], { ...io, ended: () => ended })
    void running.then(() => reject(new Error(said)))
    stopped = running
  })
  const stop = async (): Promise<void> => {
    end()
    await stopped
  }
  onTestFinished(stop)
  return { url: await ready, out: () => said, stop }
}

/** The operator corrects where signers are. */
function moveTo({ data }: Officers, urls: Readonly<Record<string, string>>): void {
  const file = join(data, 'keys/signing.key')
  const lines = readFileSync(file, 'utf8').split('\n')
  const moved = lines.map(line => {
    const [word, name = ''] = line.split(' ')
    return word === 'signer' && urls[name] !== undefined ? `signer ${name} ${urls[name]}` : line
  })
  writeFileSync(file, moved.join('\n'))
}

const at = async (url: string): Promise<string> => (await fetch(url)).text()

/** Of the checkpoint that everybody reads, as any reader checks it. */
async function sizeAt({ port }: { readonly port: number }, log: NoteVerifier): Promise<number> {
  return verifyCheckpoint(await at(`http://127.0.0.1:${port}/log/checkpoint`), { log }).size
}

const keyIn = (printed: string): string => /know it by (\S+)/.exec(printed)?.[1] ?? ''

describe('a log that three officers sign together', () => {
  it('is published under one key by any two of them, waits for the second, and is backed up and restored', async () => {
    const world = await officers()
    const made = await initOf(world)
    expect(made).toMatchObject({ code: 0, err: expect.stringContaining('held 2 of 3') })
    const log = parseVerifierKey(keyIn(made.err))
    const started = await Promise.all(names.map(name => startSigner(world, name)))
    expect(started.map(({ out }) => out().includes(log.verifierKey))).toEqual([true, true, true])
    moveTo(world, Object.fromEntries(names.map((name, i) => [name, started[i]?.url ?? ''])))
    const [first, second] = started
    if (first === undefined || second === undefined) throw new Error('three were started')

    const server = await startServer(world.data, ['--metrics-port', '0'])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const sizeNow = (): Promise<number> => sizeAt(server, log)
    await expect.poll(sizeNow, patience).toBeGreaterThan(0)

    // One away: it goes on. Two: entries are taken, and wait.
    await first.stop()
    const metrics = `http://127.0.0.1:${/metrics at 127\.0\.0\.1:(\d+)/.exec(server.printed())?.[1]}/metrics`
    const metric = async (name: string): Promise<number> =>
      Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await at(metrics))?.[1])
    await second.stop()
    const before = await sizeNow()
    await new Caller(server).enrol(server.invitations[0] ?? '')
    await expect.poll(() => metric('chartseal_log_unpublished'), patience).toBeGreaterThan(0)
    await expect.poll(() => metric('chartseal_log_signers'), patience).toBe(1)
    expect(await sizeNow()).toBe(before)
    const paths = dataPaths(world.data)
    const checks: string[] = []
    for await (const { what, isRight } of signerChecks(paths, logOrigin)) checks.push(`${what} ${isRight}`)
    expect(checks).toEqual([
      'log signer okafor answers false',
      'log signer rosa answers false',
      'log signer lindt answers true',
      '2 signers of the log are there false',
    ])

    // It comes back at another address, from its folder alone; nothing that was taken was lost.
    moveTo(world, { rosa: (await startSigner(world, 'rosa')).url })
    server.child.kill('SIGTERM')
    await server.ended
    const size = await published(world.data)
    expect(size).toBeGreaterThan(before + 1)

    // A backup has no key, and is made by the server alone; whoever restores it goes on with the same signers.
    const to = emptyFolder()
    const copied = await run('backup', '--data', world.data, '--to', to, '--check')
    expect(copied).toMatchObject({ code: 0, err: expect.stringContaining('Checked') })
    const data = join(to, 'restored')
    const from = ['--from', copied.out.trim(), '--key', paths.signingKey, '--log', paths.log]
    expect(await run('restore', '--data', data, ...from)).toMatchObject({ code: 0 })
    expect(await published(data)).toBe(size + 1)
    // And nobody goes on with the older one: the signers have seen more.
    await expect(published(world.data)).rejects.toMatchObject({ code: 'log-signer/too-few' })
  })
})

const logOrigin = `${new URL(origin).host}/log`

/** Goes on with the log of a data folder, by one entry; how many it has then. */
async function published(data: string, origin = logOrigin): Promise<number> {
  const { log: folder, signingKey } = dataPaths(data)
  const ports = { clock: systemClock, random: systemRandom }
  const log = await openClinicLog({ folder, signingKey, origin, ...ports })
  try {
    await log.writer.append({ id: systemRandom.bytes(16), text: 'another' })
    const trust = { log: parseVerifierKey(log.verifierKey) }
    return verifyCheckpoint(await log.writer.publish(), trust).size
  } finally {
    await log.close()
  }
}

function someGroup(): SignerGroup {
  const { group: key } = dealShares({ threshold: 2, count: 3 }, systemRandom)
  const server = ed25519Signer(logOrigin, SigningKey.generate(systemRandom))
  return signerGroup(logOrigin, key, server.verifierKey)
}

describe('whoever is at the other end', () => {
  it('is not read without end by doctor, who asks whether a signer is there', async () => {
    const world = await officers()
    await initOf(world)
    let pulled = 0
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1
            controller.enqueue(new Uint8Array(1_024))
          },
        }),
      )
    vi.stubGlobal('fetch', async () => endless())
    onTestFinished(() => void vi.unstubAllGlobals())
    const checks: boolean[] = []
    for await (const { isRight } of signerChecks(dataPaths(world.data), logOrigin)) checks.push(isRight)
    expect(checks).toEqual([false, false, false, false])
    expect(pulled).toBeLessThan(30)
  })

  it('is no fault of a signer when it hangs up, and its rubbish is refused', async () => {
    let faults = 0
    const never = (): Promise<never> => Promise.reject(new Error('nothing was asked'))
    const signer = { signed: '', size: null, commit: never, sign: never }
    const group = someGroup()
    const post = (body: BodyInit, sizeBytes: string): Promise<Response> => {
      // A body in pieces needs `duplex`, which the types do not know.
      const init = { method: 'POST', headers: { 'content-length': sizeBytes }, body, duplex: 'half' }
      const request = new Request('http://signer.example/commit', init)
      return answerSigner(request, { group, signer, onFault: () => void faults++ })
    }
    const cut = new ReadableStream({ pull: controller => controller.error(new Error('hung up')) })
    expect([(await post(cut, '5')).status, faults]).toEqual([400, 0])
    expect((await post('x', '16385')).status).toBe(413)
    expect([(await post('x', '1')).status, faults]).toEqual([500, 1])
  })
})

describe('the words for it', () => {
  it('refuse before anything is made', async () => {
    const world = await officers()
    const init = (...words: readonly string[]) =>
      run('init', '--data', world.data, '--name', 'North', '--origin', origin, ...words)
    const list = ['--log-signers', world.list]
    const cases: readonly (readonly [readonly string[], string])[] = [
      [list, '--log-key'],
      [['--log-key', '2-of-3'], '--log-signers'],
      [['--log-key', 'most', ...list], '--log-key 2-of-3'],
      [['--log-key', '2-of-4', ...list], 'must name 4 officers'],
      [['--log-key', '1-of-3', ...list], 'log-officer/bad-threshold'],
      [
        ['--log-key', '2-of-3', '--log-signers', join(world.base, 'okafor/officer.key')],
        'log-officer/bad-list',
      ],
    ]
    for (const [words, said] of cases)
      expect(await init(...words)).toMatchObject({ out: '', err: expect.stringContaining(said) })
    expect(existsSync(world.data)).toBe(false)
    const key = (...words: readonly string[]) =>
      run('log-signer', 'key', '--signer', join(world.base, 'x'), ...words)
    expect(await key('--name', 'x')).toMatchObject({ code: 2, err: expect.stringContaining('--unsealed') })
    expect(await key('--name', 'a b', '--unsealed')).toMatchObject({ code: 2 })
    expect(await key('--unsealed')).toMatchObject({ code: 2, err: expect.stringContaining('--name') })
    expect(await run('log-signer')).toMatchObject({ code: 2, err: expect.stringContaining('--signer') })
    expect(await run('log-signer', 'name', ...list)).toMatchObject({ code: 2 })
  })

  it('say who signs a log that a restore begins: the machine alone, or officers as before', async () => {
    const world = await officers()
    await initOf(world)
    const to = emptyFolder()
    const copied = await run('backup', '--data', world.data, '--to', to)
    const { signingKey, log } = dataPaths(world.data)
    const from = ['--from', copied.out.trim(), '--key', signingKey, '--log', log]
    const begin = ['--new-log', `${logOrigin}2`, '--reason', 'two officers are gone']
    const held = ['--log-key', '2-of-3', '--log-signers', world.list]
    const on = await run('restore', '--data', join(to, 'on'), ...from, ...held)
    expect(on).toMatchObject({ code: 2, err: expect.stringContaining('--new-log') })
    const alone = await run('restore', '--data', join(to, 'alone'), ...from, ...begin)
    expect(alone).toMatchObject({ code: 0, err: expect.stringContaining('this machine alone signs with it') })
    const data = join(to, 'together')
    const together = await run('restore', '--data', data, ...from, ...begin, ...held)
    expect(together).toMatchObject({ code: 0, err: expect.stringContaining('held 2 of 3') })
    const started = await Promise.all(names.map(name => startSigner({ ...world, data }, name)))
    expect(started.map(({ out }) => out().includes(`of ${logOrigin}2+`))).toEqual([true, true, true])
    moveTo({ ...world, data }, Object.fromEntries(names.map((name, i) => [name, started[i]?.url ?? ''])))
    expect(await published(data, `${logOrigin}2`)).toBe(2)
  })

  it('hand the key on to others, whom the server asks from then on', async () => {
    const world = await officers()
    const made = await initOf(world)
    const next = await officers()
    for (const name of ['okafor', 'lindt']) {
      const signer = await startSigner(world, name)
      const words = [
        '--signer',
        join(world.base, name),
        '--from',
        '1,3',
        '--out',
        join(world.base, `${name}.on`),
      ]
      const to = ['--log-key', '3-of-3', '--log-signers', next.list]
      expect((await run('log-signer', 'hand-on', ...words, ...to)).err).toContain('files/locked')
      await signer.stop()
      expect(await run('log-signer', 'hand-on', ...words, ...to)).toMatchObject({ code: 0 })
    }
    const files = ['--handed-on', ['okafor', 'lindt'].map(name => join(world.base, `${name}.on`)).join(',')]
    const named = await run(
      'log-signer',
      'name',
      '--data',
      world.data,
      ...files,
      '--log-key',
      '3-of-3',
      '--log-signers',
      next.list,
    )
    expect(named).toMatchObject({ code: 0, out: `${keyIn(made.err)}\n` })
    const signers = await Promise.all(names.map(name => startSigner({ ...next, data: '' }, name, ...files)))
    moveTo(world, Object.fromEntries(names.map((name, i) => [name, signers[i]?.url ?? ''])))
    expect(await published(world.data)).toBe(1)
  })

  it('make the log anew where init died before it, and not with another key where it began', async () => {
    const world = await officers()
    await initOf(world)
    const first = readFileSync(join(world.data, 'keys/signing.key'), 'utf8')
    // Killed behind the server's file, and before the first checkpoint.
    rmSync(join(world.data, 'store.db'))
    rmSync(join(world.data, 'log'), { recursive: true })
    expect(await initOf(world)).toMatchObject({ code: 0 })
    expect(readFileSync(join(world.data, 'keys/signing.key'), 'utf8')).not.toBe(first)
    // Killed behind the first checkpoint.
    const second = readFileSync(join(world.data, 'keys/signing.key'), 'utf8')
    rmSync(join(world.data, 'store.db'))
    const whole = await run('init', '--data', world.data, '--name', 'North', '--origin', origin)
    expect(whole).toMatchObject({ code: 1, err: expect.stringContaining('clinic/log-begun') })
    expect(await initOf(world)).toMatchObject({ code: 0 })
    expect(readFileSync(join(world.data, 'keys/signing.key'), 'utf8')).toBe(second)
  })
})

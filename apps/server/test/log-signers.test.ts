import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClinicLog } from '@chartseal/clinic/fs/log'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { type NoteVerifier, parseVerifierKey, verifyCheckpoint } from '@chartseal/tlog'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dataPaths } from '../dist/data-folder.js'
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
  const share = join(data, 'log-shares', `${name}.share`)
  const words = [
    'log-signer',
    '--signer',
    join(base, name),
    '--share',
    share,
    '--port',
    '0',
    '--log-level',
    'silent',
  ]
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
async function published(data: string): Promise<number> {
  const { log: folder, signingKey } = dataPaths(data)
  const ports = { clock: systemClock, random: systemRandom }
  const log = await openClinicLog({ folder, signingKey, origin: logOrigin, ...ports })
  try {
    await log.writer.append({ id: systemRandom.bytes(16), text: 'another' })
    const trust = { log: parseVerifierKey(log.verifierKey) }
    return verifyCheckpoint(await log.writer.publish(), trust).size
  } finally {
    await log.close()
  }
}

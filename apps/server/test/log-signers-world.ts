/** Officers who make the key of a clinic's log by the commands, and their signers in this process. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClinicLog, takeGroup } from '@chartseal/clinic/fs/log'
import { parseGroup } from '@chartseal/clinic/fs/log-signer'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { parseVerifierKey, verifyCheckpoint } from '@chartseal/tlog'
import { expect, onTestFinished } from 'vitest'
import { dataPaths } from '../dist/data-folder.js'
import { run as runCommand } from '../dist/run.js'
import { run } from './command-run.js'
import { origin } from './server-process.js'

export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-signers-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const names = ['okafor', 'rosa', 'lindt']

export interface Officers {
  readonly base: string
  readonly data: string
  readonly list: string
}

/** Keys of three officers, and the list of them; where their signers will be is not known yet. */
export async function officers(base = emptyFolder()): Promise<Officers> {
  const lines: string[] = []
  for (const [i, name] of names.entries()) {
    const made = await run('log-signer', 'key', '--signer', join(base, name), '--name', name, '--unsealed')
    expect(made.code).toBe(0)
    lines.push(`${made.out.trim()} http://127.0.0.1:${i + 1}`)
  }
  const place = placeIn(base)
  writeFileSync(place.list, `# who signs\n${lines.join('\n')}\n`)
  return place
}

const placeIn = (base: string): Officers => ({
  base,
  data: join(base, 'clinic'),
  list: join(base, 'signers.txt'),
})

type Makers = Officers & { readonly words: readonly string[] }

/** Files of tests that share a process share this one, so it goes with the process. */
const template = mkdtempSync(join(tmpdir(), 'chartseal-makers-'))
process.once('exit', () => rmSync(template, { recursive: true, force: true }))
let made: Promise<Makers> | null = null

/** The same, when they have made the key of a log, and the words that each of them reads: made once, and copied. */
export async function makers(): Promise<Makers> {
  made ??= makeKey('finish', [], template)
  const { words } = await made
  const base = emptyFolder()
  cpSync(template, base, { recursive: true })
  return { ...placeIn(base), words }
}

/** Made anew, to its end or without it. */
export async function makeKey(
  last: 'deal' | 'finish',
  more: readonly string[] = [],
  inFolder = emptyFolder(),
): Promise<Makers> {
  const world = await officers(inFolder)
  const { base, data, list } = world
  const agreed = ['--data', data, '--origin', origin, '--log-key', '2-of-3', '--log-signers', list]
  const terms = await run('log-signer', 'terms', ...agreed, ...more)
  expect(terms.code).toBe(0)
  writeFileSync(join(base, 'terms'), terms.out)
  const said: string[] = []
  const all = async (step: string, result: string, ...words: readonly string[]): Promise<void> => {
    for (const name of names) {
      const done = await run('log-signer', step, '--signer', join(base, name), ...words)
      expect(done).toMatchObject({ code: 0 })
      writeFileSync(join(base, `${name}.${result}`), done.out)
      said.push(done.err)
    }
  }
  await all('begin', 'begun', '--terms', join(base, 'terms'))
  await all('deal', 'dealt', '--begun', filesOf(world, 'begun'))
  if (last === 'finish') await all('finish', 'group', '--dealt', filesOf(world, 'dealt'))
  return { ...world, words: said.slice(-names.length).map(text => text.split('\n')[1] ?? '') }
}

export const filesOf = ({ base }: Officers, kind: string): string =>
  names.map(name => join(base, `${name}.${kind}`)).join(',')

export const initOf = (world: Officers, ...more: readonly string[]) =>
  run('init', '--data', world.data, '--name', 'North', '--origin', origin, ...more)

/** Writes the officers and where their signers are into the server's file, as `init` does. */
export async function nameThem(world: Officers, name: string): Promise<void> {
  const files = filesOf(world, 'group').split(',')
  const held = parseGroup(files.map(file => ({ file, text: readFileSync(file, 'utf8') })))
  await takeGroup(dataPaths(world.data).signingKey, name, held, systemRandom)
}

/** Until the signers are where they are said to be, there is no first checkpoint. */
export async function began(
  world: Officers,
  signers: Readonly<Record<string, Running>>,
): ReturnType<typeof initOf> {
  const group = ['--log-group', filesOf(world, 'group')]
  expect((await initOf(world, ...group)).err).toContain('log-signer/too-few')
  moveTo(world, Object.fromEntries(Object.entries(signers).map(([name, { url }]) => [name, url])))
  return initOf(world, ...group)
}

export interface Running {
  readonly url: string
  readonly out: () => string
  stop(): Promise<void>
}

/** A signer in this process; resolves when it listens, rejects with what it said where it ends before. */
export async function startSigner(
  { base }: Pick<Officers, 'base'>,
  name: string,
  ...more: readonly string[]
): Promise<Running> {
  let [said, end] = ['', (): void => undefined]
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  const words = ['log-signer', '--signer', join(base, name), '--port', '0', '--log-level', 'silent']
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
export function moveTo({ data }: Officers, urls: Readonly<Record<string, string>>): void {
  const file = join(data, 'keys/signing.key')
  const lines = readFileSync(file, 'utf8').split('\n')
  const moved = lines.map(line => {
    const [word, name = ''] = line.split(' ')
    return word === 'signer' && urls[name] !== undefined ? `signer ${name} ${urls[name]}` : line
  })
  writeFileSync(file, moved.join('\n'))
}

export const logOrigin = `${new URL(origin).host}/log`

/** Goes on with the log of a data folder, by one entry; how many it has then. */
export async function published(data: string, origin = logOrigin): Promise<number> {
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

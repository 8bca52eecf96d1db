/** Links of a folder, and a server for them that a test ends. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '@chartseal/core/ports'
import { fixedClock } from '@chartseal/testkit'
import { onTestFinished } from 'vitest'
import { run } from '../dist/run.js'
import { cli, cliJson, emptyFolder, noonMs, type Ran, Sink, type World, worldIo } from './cli.js'

export const bundle = {
  ...{ resourceType: 'Bundle', type: 'collection', timestamp: '2026-11-29T12:00:00Z' },
  entry: [{ resource: { resourceType: 'Patient' } }, { resource: { resourceType: 'AllergyIntolerance' } }],
}

export interface LinkWorld {
  readonly cwd: string
  readonly clock: Clock & { advance(ms: number): void }
  /** Where the links of the folder `links` lead. */
  readonly baseUrl: string
  run(args: readonly string[], more?: World): Promise<Ran>
  json(args: readonly string[], more?: World): Promise<Record<string, unknown>>
  /** `shl create` of the bundle into `links`; the link goes to `link.txt`. */
  create(args?: readonly string[], more?: World): Promise<Ran>
  /** What the server has printed, and how it is ended. */
  serve(): Promise<{ told(): string; stop(): Promise<number> }>
}

/** A port that was free a moment ago: the link has to name it before the server runs. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise(resolve => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

export async function linkWorld(): Promise<LinkWorld> {
  const [cwd, clock, port] = [emptyFolder(), fixedClock(noonMs), await freePort()]
  const baseUrl = `http://127.0.0.1:${port}/shl`
  const world: World = { cwd, clock }
  writeFileSync(join(cwd, 'bundle.json'), JSON.stringify(bundle))
  const here = (args: readonly string[], more: World = {}) => cli(['shl', ...args], { ...world, ...more })
  const create = ['create', '--store', 'links', '--url', baseUrl, '-o', 'link.txt', '--force']
  return {
    ...{ cwd, clock, baseUrl, run: here },
    json: (args, more = {}) => cliJson(['shl', ...args], { ...world, ...more }),
    create: (args = [], more = {}) => here([...create, ...args, 'bundle.json'], more),
    serve: () => served(world, port),
  }
}

async function served(world: World, port: number) {
  const [stdout, stderr] = [new Sink(), new Sink()]
  const interrupts: (() => void)[] = []
  const io = {
    ...worldIo(world, stdout, stderr),
    onInterrupt: (stop: () => void) => {
      interrupts.push(stop)
      return () => undefined
    },
  }
  const running = run(['shl', 'serve', 'links', '--port', `${port}`], io)
  const stop = (): Promise<number> => {
    for (const interrupt of interrupts) interrupt()
    return running
  }
  onTestFinished(async () => void (await stop()))
  for (;;) {
    if (stdout.text.startsWith('Serving links at')) return { told: () => stdout.text, stop }
    const ended = await Promise.race([running, new Promise(resolve => setImmediate(() => resolve(null)))])
    if (ended !== null) throw new Error(`the server ended with ${ended}: ${stderr.text}`)
  }
}

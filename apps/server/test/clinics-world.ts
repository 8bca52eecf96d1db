/** Three clinics that seal one ledger, each a server in a process of its own, with links between them that can be cut. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  decodeGenesis,
  encodeGenesis,
  ledgerIdOf,
  type Member,
  memberOf,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { expect, onTestFinished } from 'vitest'
import { run } from './command-run.js'
import type { Ask } from './ledger-world.js'
import { Caller, origin, plainEnv } from './server-process.js'
import { emptyFolder } from './store-world.js'
import { Link } from './tcp-link.js'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** A command that must be done. */
async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await run(...words)
  expect([code, err]).toEqual([0, err])
  return out.trim()
}

export class SealingClinic {
  readonly data: string
  readonly keys: string
  readonly name: string
  /** To this clinic from others. */
  readonly in: Link[] = []
  /** From this clinic. */
  readonly out: Link[] = []
  readonly peers: string[] = []
  readonly #callers: Caller[] = []
  #child: ReturnType<typeof spawn> | null = null
  port = 0

  constructor(folder: string, name: string) {
    this.name = name
    this.data = join(folder, name)
    this.keys = join(folder, `${name}.json`)
  }

  async start(): Promise<void> {
    const place = ['--data', this.data, '--origin', origin, '--port', '0', '--console', 'off']
    const rest = ['--peers', this.peers.join(','), '--network-rate', '10000']
    const child = spawn(process.execPath, [main, 'serve', ...place, ...rest], {
      env: plainEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let output = ''
    this.port = await new Promise<number>((resolve, reject) => {
      const take = (part: string): void => {
        output += part
        const port = /\(listening at 127\.0\.0\.1:(\d+)\)/.exec(output)?.[1]
        if (port !== undefined) resolve(Number(port))
      }
      child.stdout.setEncoding('utf8').on('data', take)
      child.stderr.setEncoding('utf8').on('data', take)
      child.once('exit', () => reject(new Error(`the server ended before it was ready: ${output}`)))
    })
    for (const link of this.in) link.port = this.port
    for (const caller of this.#callers) caller.port = this.port
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
    for (const link of this.in) link.port = 0
  }

  /** Nothing goes in or out any more. */
  cut(): void {
    for (const link of [...this.in, ...this.out]) link.cut()
  }

  heal(): void {
    for (const link of [...this.in, ...this.out]) link.heal()
  }

  /** Enrols a device that was made before. */
  async enrol(caller: Caller, role: string): Promise<void> {
    this.#callers.push(caller)
    caller.port = this.port
    const link = await done('invite', '--role', role, '--data', this.data, '--origin', origin)
    await caller.enrol(/#invite=(\S{43})/.exec(link)?.[1] ?? '')
  }
}

export const asking =
  (caller: Caller): Ask =>
  async (method, path, body) => {
    const { status, body: text } = await caller.send(method, path, body)
    return { status, body: JSON.parse(text) }
  }

/** A device before anybody knows it: the genesis can name it. */
export const newCaller = (): Caller => new Caller({ port: 0 })

export function memberFor({ device }: Caller, role: 'prescriber' | 'dispenser'): Member {
  return memberOf({ algorithm: 'Ed25519', publicKey: device.identity, roles: [role], name: '' })
}

export interface ThreeClinics {
  readonly clinics: readonly [SealingClinic, SealingClinic, SealingClinic]
  readonly ledger: Uint8Array
}

/** Clinics with slots of a second, whose ledger begins with these people beside them; none of them runs yet. */
export async function threeClinics(people: readonly Member[] = [], quorum = 1): Promise<ThreeClinics> {
  const folder = emptyFolder()
  const clinics = [
    new SealingClinic(folder, 'north'),
    new SealingClinic(folder, 'south'),
    new SealingClinic(folder, 'east'),
  ] as const
  for (const { data, keys, name } of clinics)
    await done('ledger', 'keys', '--data', data, '--origin', origin, '--name', name, '--out', keys)
  const genesis = join(folder, 'genesis')
  const words = ['--name', 'Three clinics', '--rule', 'poa', '--slot-seconds', '1', '--quorum', `${quorum}`]
  await done(
    'ledger',
    'genesis',
    ...words,
    '--keys',
    clinics.map(({ keys }) => keys).join(','),
    '--out',
    genesis,
  )
  const made = decodeGenesis(readFileSync(genesis))
  const members = sortedMembers([...made.roster.members, ...people])
  writeFileSync(genesis, encodeGenesis({ ...made, roster: { ...made.roster, members } }))
  await Promise.all(clinics.map(clinic => initialised(clinic, genesis)))
  await linked(clinics)
  onTestFinished(async () => {
    for (const clinic of clinics) await clinic.kill()
    for (const clinic of clinics) for (const link of clinic.out) link.close()
  })
  return { clinics: [...clinics], ledger: ledgerIdOf(readFileSync(genesis)) }
}

async function initialised({ data, name }: SealingClinic, genesis: string): Promise<void> {
  await done('init', '--data', data, '--origin', origin, '--name', name, '--genesis', genesis)
}

async function linked(clinics: readonly SealingClinic[]): Promise<void> {
  for (const from of clinics) {
    for (const to of clinics) {
      if (from === to) continue
      const link = new Link()
      from.peers.push(`http://127.0.0.1:${await link.listen()}`)
      from.out.push(link)
      to.in.push(link)
    }
  }
}

interface Place {
  readonly id: string
  readonly height: number
}

/** What anybody may ask. */
export async function about({
  port,
}: SealingClinic): Promise<{ readonly tip: Place; readonly final: Place }> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/ledger`)
  expect(answer.status).toBe(200)
  return Object(await answer.json())
}

/** The block of a height, as the clinic follows it. */
export async function blockAt({ port }: SealingClinic, height: number): Promise<Uint8Array> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/ledger/blocks/${height}`)
  return new Uint8Array(await answer.arrayBuffer())
}

/** The kid of whoever leads now, and that of the clinic. */
export async function leaderAt({
  port,
}: SealingClinic): Promise<{ readonly leader: string; readonly own: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/ledger/sealing`)
  const { own, turns }: { own?: unknown; turns?: { leader?: unknown } } = Object(await answer.json())
  return { leader: String(turns?.leader), own: String(own) }
}

/** Rosa owns records; Okafor and Lindqvist are people she shares with. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cli, cliJson, emptyFolder, type Ran, type World } from './cli.js'

export const record: Uint8Array = Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * i) >> 3)

export interface Place {
  readonly cwd: string
  /** Rosa's key, as others know it. */
  readonly kid: string
  run(args: readonly string[], world?: World): Promise<Ran>
  json(args: readonly string[], world?: World): Promise<Record<string, unknown>>
  read(file: string): Uint8Array
}

export const asOwner: readonly string[] = ['--owner-key', 'rosa.owner']
export const inStore: readonly string[] = ['--store', 'blocks']
export const as = (name: string): readonly string[] => ['--identity', `${name}.id`]

/** A folder in which somebody works. */
export const placeIn = (cwd: string, kid: string): Place => ({
  cwd,
  kid,
  run: (args, world) => cli(['envelope', ...args], { cwd, ...world }),
  json: (args, world) => cliJson(['envelope', ...args], { cwd, ...world }),
  read: file => readFileSync(join(cwd, file)),
})

/** Everybody has an identity, and Rosa's record lies in `scan.dcm`. */
export async function place(cwd: string = emptyFolder()): Promise<Place> {
  const { run, json } = placeIn(cwd, '')
  const made = await json(['keygen', '--out', 'rosa.id', '--owner-key', 'rosa.owner'])
  await run(['recipient', ...as('rosa'), '--out', 'rosa.rec'])
  for (const [name, kem] of [
    ['okafor', 'x25519'],
    ['lindqvist', 'xwing'],
  ]) {
    await run(['keygen', '--kem', `${kem}`, '--out', `${name}.id`])
    await run(['recipient', ...as(`${name}`), '--out', `${name}.rec`])
  }
  writeFileSync(join(cwd, 'scan.dcm'), record)
  return placeIn(cwd, `${made['owner']}`)
}

/** The same, with the record shared with some: `scan.grants`. */
export async function shared(...names: readonly string[]): Promise<Place> {
  const there = await place()
  const to = names.flatMap(name => ['--to', `${name}.rec`])
  const args = ['put', ...inStore, ...asOwner, ...as('rosa'), ...to, 'scan.dcm', '-o', 'scan.grants']
  expect(await there.run(args)).toMatchObject({ exitCode: 0, stderr: '' })
  return there
}

/** Whether this person gets the record by this list, whole; the code of the refusal otherwise. */
export async function gets(there: Place, who: string, list = 'scan.grants', ...more: readonly string[]) {
  const out = `${who}.out`
  const args = ['get', ...inStore, ...as(who), '--owner', there.kid, ...more, list, '-o', out, '--force']
  const ran = await there.run(args)
  if (ran.exitCode !== 0) return /\(([a-z0-9/-]+)\)\n$/.exec(ran.stderr)?.[1] ?? ran.stderr
  return Buffer.from(there.read(out)).equals(record)
}

export const files = ({ cwd }: Place): readonly string[] =>
  readdirSync(cwd, { recursive: true, encoding: 'utf8' }).sort()

/** Blocks of a store. */
export const blocks = (there: Place): number => files(there).filter(name => name.endsWith('.data')).length

/** Two people with a folder each, and the steps between them. */
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '@chartseal/core/ports'
import { systemClock } from '@chartseal/core/system'
import { systemArgon2id } from '@chartseal/kdf-keyring'
import { expect } from 'vitest'
import { cli, cliJson, emptyFolder, noonMs, type Ran, type World } from './cli.js'

export const env = { CHARTSEAL_PASSPHRASE: 'correct horse', CHARTSEAL_EXPORT_PASSPHRASE: 'battery staple' }
/** The lightest that is allowed. */
export const light: readonly string[] = ['--memory', '19456', '--passes', '2']
export const dayMs: number = 24 * 60 * 60 * 1000

/** A clock that a test turns. */
function turnedClock(startMs: number = noonMs): Clock & { nowMs(): number; turn(ms: number): void } {
  let nowMs = startMs
  const turn = (ms: number): void => {
    nowMs += ms
  }
  return { nowMs: () => nowMs, turn }
}

export interface Pair {
  readonly cwd: string
  readonly clock: ReturnType<typeof turnedClock>
  /** Runs `chartseal …` in the folder of the two. */
  run(args: readonly string[], more?: World): Promise<Ran>
  json(args: readonly string[], more?: World): Promise<Record<string, unknown>>
}

export function place(cwd: string = emptyFolder(), more: Pick<World, 'argon2id'> = {}): Pair {
  const clock = turnedClock()
  const world: World = { cwd, env, clock, ...more }
  return {
    cwd,
    clock,
    run: (args, more = {}) => cli(args, { ...world, ...more }),
    json: (args, more = {}) => cliJson(args, { ...world, ...more }),
  }
}

export async function createBoth({ run }: Pair): Promise<void> {
  for (const [role, name, folder] of [
    ['doctor', 'Dr. Okafor', 'okafor'],
    ['patient', 'Rosa', 'rosa'],
  ] as const) {
    const ran = await run(['ring', 'create', '--role', role, '--name', name, ...light, folder])
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
  }
}

/** The whole pairing of okafor and rosa. */
export async function pairUp(pair: Pair): Promise<void> {
  await createBoth(pair)
  const { uri } = await pair.json(['pair', 'show', 'okafor'])
  const { answer } = await pair.json(['pair', 'accept', 'rosa'], { stdin: `${uri}` })
  const shown = await pair.json(['pair', 'show', 'okafor', '--answer', '-'], { stdin: `${answer}` })
  const read = await pair.json(['pair', 'accept', 'rosa', '--reveal', '-'], { stdin: `${shown['reveal']}` })
  expect(read['digits']).toBe(shown['digits'])
  expect([read['peer'], shown['peer']]).toEqual(['Dr. Okafor', 'Rosa'])
  await pair.run(['pair', 'show', 'okafor', '--confirm', `${shown['digits']}`])
  await pair.run(['pair', 'accept', 'rosa', '--confirm', `${read['digits']}`])
}

/** Two who are paired once a file, in a folder of its own for each who asks. */
function copies(at: Place): () => Promise<Pair> {
  let made: Promise<string> | undefined
  return async () => {
    made ??= (async () => {
      const cwd = mkdtempSync(join(tmpdir(), 'chartseal-paired-'))
      await pairUp(at(cwd))
      return cwd
    })()
    const cwd = emptyFolder()
    cpSync(await made, cwd, { recursive: true })
    return at(cwd)
  }
}

type Place = (cwd: string) => Pair

/** Two paired folders of this test alone. */
export const pairedPlace: () => Promise<Pair> = copies(place)

/** Two paired folders that other processes use, too: with their clock and their Argon2id. */
export const placeOfProcesses: () => Promise<Pair> = copies(cwd => {
  const pair = place(cwd, { argon2id: systemArgon2id })
  pair.clock.turn(systemClock.nowMs() - noonMs)
  return pair
})

/** Two paired folders by the system's clock. */
export const placeOfToday: () => Promise<Pair> = copies(cwd => {
  const pair = place(cwd)
  pair.clock.turn(systemClock.nowMs() - noonMs)
  return pair
})

export const bound: readonly string[] = ['--patient', 'PAT-12345', '--thread', 'ward 3']

export async function sealed(pair: Pair, text: string, ring = 'okafor'): Promise<string> {
  const ran = await pair.run(['message', 'seal', '--ring', ring, ...bound], { stdin: text })
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
  return ran.stdout
}

export function opened(pair: Pair, text: string, ring = 'rosa'): Promise<Ran> {
  return pair.run(['message', 'open', '--ring', ring, ...bound], { stdin: text })
}

export function keep({ cwd }: Pair, name: string, content: string | Uint8Array): void {
  writeFileSync(join(cwd, name), content)
}

/** Dr. Okafor, paired with Rosa and with the nurse Adler, who are not paired with each other. */
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { emptyFolder, type Ran } from './cli.js'
import { bound, light, type Pair, pairUp, place } from './ring-world.js'

export interface TeamPlace extends Pair {
  /** Runs `chartseal team …` on the file of this person. */
  team(who: string, args: readonly string[], stdin?: string): Promise<Ran>
}

let made: Promise<string> | undefined

/** A folder of this test's own. */
export async function teamPlace(): Promise<TeamPlace> {
  made ??= (async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'chartseal-teams-'))
    const pair = place(cwd)
    await pairUp(pair)
    await pairAdler(pair)
    return cwd
  })()
  const cwd = emptyFolder()
  cpSync(await made, cwd, { recursive: true })
  const pair = place(cwd)
  const team = (who: string, args: readonly string[], stdin = ''): Promise<Ran> => {
    const [verb = '', ...more] = args
    return pair.run(['team', verb, '--team', `${who}.team`, ...more], { stdin })
  }
  return { ...pair, team }
}

async function pairAdler(pair: Pair): Promise<void> {
  const names = [
    ['doctor', 'Dr. Okafor', 'okafor-adler'],
    ['patient', 'Nina Adler', 'adler'],
  ] as const
  for (const [role, name, folder] of names)
    await pair.run(['ring', 'create', '--role', role, '--name', name, ...light, folder])
  const { uri } = await pair.json(['pair', 'show', 'okafor-adler'])
  const { answer } = await pair.json(['pair', 'accept', 'adler'], { stdin: `${uri}` })
  const shown = await pair.json(['pair', 'show', 'okafor-adler', '--answer', '-'], { stdin: `${answer}` })
  await pair.json(['pair', 'accept', 'adler', '--reveal', '-'], { stdin: `${shown['reveal']}` })
  for (const [verb, folder] of [
    ['show', 'okafor-adler'],
    ['accept', 'adler'],
  ] as const)
    await pair.run(['pair', verb, folder, '--confirm', `${shown['digits']}`])
}

/** Of Dr. Okafor's team, and by which rings people come. */
const ringsOf = {
  rosa: { keepers: 'okafor', own: 'rosa', role: 'patient' },
  adler: { keepers: 'okafor-adler', own: 'adler', role: 'clinician' },
} as const

export type Guest = keyof typeof ringsOf

export async function begin(at: TeamPlace): Promise<void> {
  const args = ['create', '--title', 'Rosa, ward 3', '--name', 'Dr. Okafor', ...light]
  expect(await at.team('okafor', args)).toMatchObject({ exitCode: 0, stderr: '' })
}

export function invite({ team }: TeamPlace, who: Guest, ...more: readonly string[]): Promise<Ran> {
  const { keepers, role } = ringsOf[who]
  return team('okafor', ['invite', '--ring', keepers, ...bound, '--role', role, ...more])
}

export function accept(
  { team }: TeamPlace,
  who: Guest,
  invitation: string,
  file: string = who,
): Promise<Ran> {
  return team(file, ['accept', '--ring', ringsOf[who].own, ...bound, ...light], invitation)
}

export function add(
  { team }: TeamPlace,
  who: Guest,
  answer: string,
  ...more: readonly string[]
): Promise<Ran> {
  return team('okafor', ['add', '--ring', ringsOf[who].keepers, ...bound, ...more], answer)
}

export function welcome({ team }: TeamPlace, who: Guest, text: string, file: string = who): Promise<Ran> {
  return team(file, ['open', '--ring', ringsOf[who].own, ...bound], text)
}

/** Invited, accepted, added and welcomed; gives what the others are sent. */
export async function bringIn(at: TeamPlace, who: Guest, ...more: readonly string[]): Promise<string> {
  const invitation = await invite(at, who, ...more)
  const answer = await accept(at, who, invitation.stdout)
  const added = await add(at, who, answer.stdout)
  expect(added).toMatchObject({ exitCode: 0 })
  expect(await welcome(at, who, added.stdout)).toMatchObject({ exitCode: 0, stderr: '' })
  return added.stdout
}

/** A doctor, a nurse and a patient in a care team, by the pages' own steps. */
import { type OpenTeam, openTeam } from '../dist/state/team/open-team.js'
import { type Teams, teamsOf } from '../dist/state/team/teams.js'
import type { TeamView } from '../dist/team/team-view.js'
import { type FakeClinic, fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { coverWithKit, type Person, pair, sessionOf } from './people.js'

export interface TeamStage {
  readonly clinic: FakeClinic
  readonly doctor: Person
  readonly nurse: Person
  readonly rosa: Person
}

/** The doctor is paired with both of the others, who are not paired with each other; all have kits. */
export async function threeOfTeam(): Promise<TeamStage> {
  const clinic = fakeClinic()
  const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
  const nurse = await enrolled(clinic, 'doctor', 'Nurse Adeyemi')
  const rosa = await enrolled(clinic, 'patient', 'Rosa Weiss')
  for (const one of [nurse, rosa]) await pair(doctor, one)
  for (const one of [doctor, nurse, rosa]) await coverWithKit(one)
  return { clinic, doctor, nurse, rosa }
}

export const teamsIn = (person: Person): Teams => teamsOf(sessionOf(person))

/** Messages leave and come, and what comes for care teams is taken, until nothing is on its way. */
export async function carried({ doctor, nurse, rosa }: TeamStage): Promise<void> {
  for (let round = 0; round < 3; round++) for (const one of [doctor, nurse, rosa]) await syncWhole(one)
}

export async function syncWhole(person: Person): Promise<void> {
  await sessionOf(person).sync()
  await teamsIn(person).refresh()
  await sessionOf(person).sync()
}

export function teamOf(person: Person, title = 'Ward 3'): TeamView {
  const found = teamsIn(person).all.value.find(one => one.title === title)
  if (found === undefined) throw new Error('there is no such care team here')
  return found
}

export const pairWith = (person: Person, name: string): string =>
  sessionOf(person).pairs.value.find(({ peerName }) => peerName === name)?.id ?? ''

/** Begun by the doctor, who invites these; those who are here join. Gives its ref at the doctor. */
export async function begun(stage: TeamStage, names: readonly string[], joining: readonly Person[]) {
  const { doctor } = stage
  const ids = names.map(name => pairWith(doctor, name))
  const ref = await teamsIn(doctor).begin('Ward 3', ids)
  await carried(stage)
  for (const one of joining) await teamsIn(one).join(teamOf(one).ref)
  await carried(stage)
  return ref
}

export const opened = (person: Person): OpenTeam =>
  openTeam(sessionOf(person), teamsIn(person), teamOf(person).ref)

export async function sayIn(person: Person, text: string): Promise<void> {
  const open = opened(person)
  await open.write(text)
  await open.send()
  if (open.task.error.value !== null) throw open.task.error.value
}

/** What this device shows of the care team: who wrote what, and what happened. */
export async function linesOf(person: Person): Promise<readonly string[]> {
  const open = opened(person)
  await open.refresh()
  return (open.events.value ?? []).map(({ row }) =>
    row.kind === 'said'
      ? `${row.own ? 'own' : row.name}: ${row.text}`
      : `${row.kind} ${[row.name, ...row.names].filter(one => one !== '').join(', ')}`.trim(),
  )
}

/** Only what was written. */
export const saidIn = async (person: Person): Promise<readonly string[]> =>
  (await linesOf(person)).filter(line => line.includes(': '))

export const namesIn = (person: Person): readonly string[] => teamOf(person).people.map(({ name }) => name)

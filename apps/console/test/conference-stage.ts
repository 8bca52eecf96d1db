/** A doctor and two patients in a conference, by the pages' own steps and the relay itself. */
import type { NewConference } from '../dist/conference/inviting.js'
import type { Word } from '../dist/conference/word-row.js'
import { type Conferences, conferencesOf } from '../dist/state/conference/conferences.js'
import type { Hosting } from '../dist/state/conference/hosting.js'
import type { MemberView } from '../dist/state/conference/members.js'
import { type FakeClinic, fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { coverWithKit, type Person, pair, sessionOf } from './people.js'

export interface ConferenceStage {
  readonly clinic: FakeClinic
  readonly doctor: Person
  readonly rosa: Person
  readonly ulrich: Person
}

/** Paired, with kits: they may write. */
export async function threePeople(): Promise<ConferenceStage> {
  const clinic = fakeClinic()
  const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
  const [rosa, ulrich] = [
    await enrolled(clinic, 'patient', 'Rosa Weiss'),
    await enrolled(clinic, 'patient', 'Ulrich Brandt'),
  ]
  for (const one of [rosa, ulrich]) await pair(doctor, one)
  for (const one of [doctor, rosa, ulrich]) await coverWithKit(one)
  for (const { platform } of [doctor, rosa, ulrich]) platform.waits = 'shortly'
  return { clinic, doctor, rosa, ulrich }
}

export const of = (person: Person): Conferences => conferencesOf(sessionOf(person))

export function hostingOf(doctor: Person): Hosting {
  const { value } = of(doctor).hosting
  if (value === null) throw new Error('this tab holds no conference')
  return value
}

export const memberOf = (doctor: Person, name: string): MemberView | undefined =>
  of(doctor).hosting.value?.members.value.find(one => one.name === name)

/** It ends what hangs, and judges nothing. */
const patienceMs = 240_000

/** Waits until it is so, however busy the machine is. */
export async function becomes(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`it never was so: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

export const wordsOf = (person: Person): readonly Word[] =>
  [...of(person).words.value.values()].flatMap(words => words.all.value)

export const heard = (person: Person): readonly string[] =>
  wordsOf(person)
    .filter(({ kind }) => kind === 'said' || kind === 'emergency')
    .map(({ text }) => text)

export const hears = (person: Person, text: string): Promise<void> =>
  becomes(`${text} is heard`, () => heard(person).includes(text))

export const refOf = (person: Person): string => of(person).seats.value[0]?.ref ?? ''

/** Messages leave and come. */
export async function carried({ doctor, rosa, ulrich }: ConferenceStage): Promise<void> {
  for (const one of [doctor, rosa, ulrich, doctor]) await sessionOf(one).sync()
}

const round: NewConference = { title: 'Round', lastsMs: 3_600_000 }

/** Begun, both have joined, and it is live for all. */
export async function bothIn(stage: ConferenceStage, conference = round): Promise<string> {
  const { doctor, rosa, ulrich } = stage
  const pairIds = sessionOf(doctor).pairs.value.map(({ id }) => id)
  const id = await of(doctor).begin(conference, pairIds)
  await carried(stage)
  for (const one of [rosa, ulrich]) {
    await becomes('the invitation is there', () => refOf(one) !== '')
    await of(one).join(refOf(one))
  }
  await carried(stage)
  for (const name of ['Rosa Weiss', 'Ulrich Brandt'])
    await becomes(`${name} is here`, () => memberOf(doctor, name)?.state === 'here')
  return id
}

import { ChartsealError } from '@chartseal/core/errors'
import { signal } from '@preact/signals'
import { describe, expect, it } from 'vitest'
import { guestsOf } from '../dist/conference/inviting.js'
import { createComposer } from '../dist/state/composer.js'
import { tryEach } from '../dist/state/try-each.js'
import { textsOf } from '../dist/text/texts.js'
import { chosenOf, peopleToInvite } from '../dist/views/invitees.js'
import { of, threePeople } from './conference-stage.js'
import { type Person, sessionOf } from './people.js'
import { carried, pairWith, teamOf, teamsIn, threeOfTeam } from './team-stage.js'

const block = (person: Person, name: string, isBlocked: boolean): Promise<void> =>
  createComposer(sessionOf(person), pairWith(person, name)).block(isBlocked)

const codeIn = (reason: unknown): string => (reason instanceof ChartsealError ? reason.code : `${reason}`)
const invitedTo = (person: Person) => teamOf(person).invited.map(({ name }) => name)

describe('a care team that is begun', () => {
  it('is there once where somebody could not be invited: the others are, and it says why', async () => {
    const stage = await threeOfTeam()
    const { doctor } = stage
    const [nurse, rosa] = [pairWith(doctor, 'Nurse Adeyemi'), pairWith(doctor, 'Rosa Weiss')]
    const teams = teamsIn(doctor)
    await block(doctor, 'Nurse Adeyemi', true)
    const ref = await teams.begin('Ward 3', [nurse, rosa])
    expect(teams.all.value.map(one => one.ref)).toEqual([ref])
    expect(invitedTo(doctor)).toEqual(['Rosa Weiss'])
    expect(codeIn(teams.uninvited.value.get(ref))).toBe('console/blocked')
    await block(doctor, 'Nurse Adeyemi', false)
    await teams.invite(ref, [nurse])
    expect(invitedTo(doctor)).toEqual(['Rosa Weiss', 'Nurse Adeyemi'])
    expect(teams.uninvited.value.size).toBe(0)
    await carried(stage)
    expect(teamOf(stage.nurse).state).toBe('invited')
  })
})

describe('a conference that is begun', () => {
  it('invites the others where one cannot be invited', async () => {
    const { doctor } = await threePeople()
    await block(doctor, 'Rosa Weiss', true)
    const all = [pairWith(doctor, 'Rosa Weiss'), pairWith(doctor, 'Ulrich Brandt')]
    const begun = of(doctor).begin({ title: 'Round', lastsMs: 3_600_000 }, all)
    await expect(begun).rejects.toMatchObject({ code: 'console/blocked' })
    const [own] = of(doctor).own.value
    const guests = await guestsOf(sessionOf(doctor).unlocked, own?.id ?? '')
    expect(guests.map(({ name }) => name)).toEqual(['Ulrich Brandt'])
    expect(of(doctor).isRead.value).toBe(true)
  })
})

describe('people to invite', () => {
  const texts = textsOf('en', () => 0)

  it('are those who are paired: clinicians first, and nobody who was invited already', async () => {
    const { doctor } = await threeOfTeam()
    const namesBut = (...left: readonly string[]) =>
      peopleToInvite(sessionOf(doctor), new Set(left), texts).map(({ peerName }) => peerName)
    expect(namesBut()).toEqual(['Nurse Adeyemi', 'Rosa Weiss'])
    expect(namesBut(pairWith(doctor, 'Nurse Adeyemi'))).toEqual(['Rosa Weiss'])
  })

  it('are invited no second time when only some of those who were chosen could be', async () => {
    const { doctor } = await threeOfTeam()
    const [nurse, rosa] = [pairWith(doctor, 'Nurse Adeyemi'), pairWith(doctor, 'Rosa Weiss')]
    const chosen = signal<ReadonlySet<string>>(new Set([nurse, rosa]))
    const still = (left: readonly string[]) =>
      chosenOf(peopleToInvite(sessionOf(doctor), new Set(left), texts), chosen)
    expect(still([])).toEqual([nurse, rosa])
    expect(still([rosa])).toEqual([nurse])
    await block(doctor, 'Nurse Adeyemi', true)
    expect(still([rosa])).toEqual([])
  })
})

describe('steps that are tried one after the other', () => {
  it('are all tried, and what the first that failed threw is thrown', async () => {
    const done: number[] = []
    const step = async (one: number): Promise<void> => {
      done.push(one)
      if (one % 2 === 0) throw new Error(`step ${one}`)
    }
    await expect(tryEach([1, 2, 3, 4, 5], step)).rejects.toThrow('step 2')
    expect(done).toEqual([1, 2, 3, 4, 5])
    await tryEach([1, 3], step)
    await tryEach([], step)
  })
})

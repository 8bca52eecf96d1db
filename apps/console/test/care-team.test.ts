import { describe, expect, it } from 'vitest'
import { isTeamFrame } from '../dist/team/due.js'
import type { Person } from './people.js'
import { relocked, sessionOf } from './people.js'
import {
  begun,
  carried,
  linesOf,
  namesIn,
  opened,
  pairWith,
  saidIn,
  sayIn,
  syncWhole,
  teamOf,
  teamsIn,
  threeOfTeam,
} from './team-stage.js'

/** How many of the copies of the newest own message were delivered, of how many. */
async function deliveredOf(person: Person): Promise<readonly [number, number]> {
  const open = opened(person)
  await open.refresh()
  const last = open.events.value?.findLast(({ row }) => row.own)
  const there = last?.copies.filter(({ state }) => state === 'delivered').length ?? 0
  return [there, last?.row.to ?? 0]
}

describe('a care team', () => {
  it('is one thread of three of whom two are not paired: all read what each writes, and see who is in it', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    const all = ['Dr. Okafor', 'Nurse Adeyemi', 'Rosa Weiss']
    for (const one of [doctor, nurse, rosa]) expect(namesIn(one).toSorted()).toEqual(all)
    expect(
      teamOf(nurse).people.map(({ name, role, isKeeper, isSelf }) => [name, role, isKeeper, isSelf]),
    ).toEqual(
      expect.arrayContaining([
        ['Dr. Okafor', 'clinician', true, false],
        ['Nurse Adeyemi', 'clinician', false, true],
        ['Rosa Weiss', 'patient', false, false],
      ]),
    )
    await sayIn(doctor, 'Blood pressure twice a day, please.')
    await carried(stage)
    await sayIn(rosa, '124/82 this morning')
    await carried(stage)
    await sayIn(nurse, 'Thank you, Rosa.')
    await carried(stage)
    expect(await saidIn(rosa)).toEqual([
      'Dr. Okafor: Blood pressure twice a day, please.',
      'own: 124/82 this morning',
      'Nurse Adeyemi: Thank you, Rosa.',
    ])
    expect(await saidIn(nurse)).toEqual([
      'Dr. Okafor: Blood pressure twice a day, please.',
      'Rosa Weiss: 124/82 this morning',
      'own: Thank you, Rosa.',
    ])
    expect(await deliveredOf(nurse)).toEqual([2, 2])
  })

  it('asks a person before this side is in it, and shows an invitation in the thread of the pair', async () => {
    const stage = await threeOfTeam()
    const { doctor, rosa } = stage
    await begun(stage, ['Rosa Weiss'], [])
    expect(teamOf(rosa).state).toBe('invited')
    expect(teamOf(doctor).people.map(({ name }) => name)).toEqual(['Dr. Okafor'])
    expect(teamOf(doctor).invited.map(({ name }) => name)).toEqual(['Rosa Weiss'])
    const [pair] = sessionOf(rosa).pairs.value
    expect(pair?.last?.fileName).toBe('Ward 3')
    expect(sessionOf(rosa).teams.value.map(({ title, state }) => [title, state])).toEqual([
      ['Ward 3', 'invited'],
    ])
    await teamsIn(rosa).forget(teamOf(rosa).ref)
    expect(teamsIn(rosa).all.value).toEqual([])
  })

  it('gives who comes later nothing of before', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Rosa Weiss'], [rosa])
    await sayIn(doctor, 'Before the nurse.')
    await carried(stage)
    await teamsIn(doctor).invite(ref, [pairWith(doctor, 'Nurse Adeyemi')])
    await carried(stage)
    await teamsIn(nurse).join(teamOf(nurse).ref)
    await carried(stage)
    await sayIn(doctor, 'With the nurse.')
    await carried(stage)
    expect(await saidIn(nurse)).toEqual(['Dr. Okafor: With the nurse.'])
    expect(await saidIn(rosa)).toEqual(['Dr. Okafor: Before the nurse.', 'Dr. Okafor: With the nurse.'])
    expect(await linesOf(rosa)).toContain('added Nurse Adeyemi')
  })

  it('gives who is removed nothing of what comes after, and tells everybody', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await sayIn(doctor, 'To both.')
    await carried(stage)
    const tag = teamOf(doctor).people.find(({ name }) => name === 'Nurse Adeyemi')?.tag ?? ''
    await teamsIn(doctor).remove(ref, tag)
    await sayIn(doctor, 'Without the nurse.')
    await carried(stage)
    expect(await linesOf(rosa)).toContain('removed Nurse Adeyemi')
    expect(await saidIn(rosa)).toEqual(['Dr. Okafor: To both.', 'Dr. Okafor: Without the nurse.'])
    expect(teamOf(nurse).state).toBe('removed')
    expect(await saidIn(nurse)).toEqual(['Dr. Okafor: To both.'])
    await expect(sayIn(nurse, 'I am still here')).rejects.toMatchObject({ code: 'console/team-over' })
    expect(namesIn(rosa).toSorted()).toEqual(['Dr. Okafor', 'Rosa Weiss'])
  })

  it('lets a member leave: the keeper removes them without being asked', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await teamsIn(nurse).leave(teamOf(nurse).ref)
    await carried(stage)
    expect(teamOf(nurse).state).toBe('left')
    expect(namesIn(doctor).toSorted()).toEqual(['Dr. Okafor', 'Rosa Weiss'])
    expect(namesIn(rosa).toSorted()).toEqual(['Dr. Okafor', 'Rosa Weiss'])
    expect(await linesOf(doctor)).toContain('left Nurse Adeyemi')
  })

  it('lets who left, or was removed, come in again by a new invitation', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await teamsIn(nurse).leave(teamOf(nurse).ref)
    await carried(stage)
    await sayIn(rosa, 'While the nurse was out.')
    await teamsIn(doctor).invite(ref, [pairWith(doctor, 'Nurse Adeyemi')])
    await carried(stage)
    expect(teamOf(nurse).state).toBe('invited')
    await teamsIn(nurse).join(teamOf(nurse).ref)
    await carried(stage)
    await sayIn(rosa, 'Welcome back.')
    await carried(stage)
    expect(await saidIn(nurse)).toEqual(['Rosa Weiss: Welcome back.'])
  })

  it('ends for all: nobody writes in it any more', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await teamsIn(doctor).end(ref)
    await carried(stage)
    expect([doctor, nurse, rosa].map(one => teamOf(one).state)).toEqual(['ended', 'removed', 'removed'])
    await expect(sayIn(doctor, 'Anybody?')).rejects.toMatchObject({ code: 'console/team-over' })
    await teamsIn(rosa).forget(teamOf(rosa).ref)
    expect([...rosa.platform.map.keys()].filter(key => key.includes(`~`) || key.startsWith('team'))).toEqual(
      [],
    )
  })

  it('takes what is pressed once more, as in another tab, for what was done already', async () => {
    const stage = await threeOfTeam()
    const { doctor, rosa } = stage
    const ref = await begun(stage, ['Rosa Weiss'], [])
    const mine = teamOf(rosa).ref
    const twice = async (press: () => Promise<void>): Promise<void> => {
      for (let i = 0; i < 2; i++) await press()
      await carried(stage)
      await press()
    }
    await twice(() => teamsIn(rosa).join(mine))
    expect(namesIn(doctor)).toEqual(['Dr. Okafor', 'Rosa Weiss'])
    await twice(() => teamsIn(rosa).leave(mine))
    await twice(() => teamsIn(doctor).end(ref))
    expect([doctor, rosa].map(one => teamOf(one).state)).toEqual(['ended', 'left'])
    const kinds = (await linesOf(doctor)).map(line => line.split(' ')[0])
    expect(kinds).toEqual(['began', 'added', 'left', 'ended'])
  })

  it('waits for who is away: what was written meanwhile comes in its order, once', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    rosa.app.lock()
    for (const text of ['one', 'two', 'three']) {
      await sayIn(doctor, text)
      await sayIn(nurse, `${text} too`)
      for (const one of [doctor, nurse, doctor]) await syncWhole(one)
    }
    expect(await deliveredOf(doctor)).toEqual([1, 2])
    await relocked(rosa)
    await syncWhole(rosa)
    const said = await saidIn(rosa)
    const of = (name: string): readonly string[] => said.filter(line => line.startsWith(name))
    expect(of('Dr. Okafor')).toEqual(['one', 'two', 'three'].map(text => `Dr. Okafor: ${text}`))
    expect(of('Nurse')).toEqual(['one', 'two', 'three'].map(text => `Nurse Adeyemi: ${text} too`))
    expect(said.length).toBe(6)
    await syncWhole(doctor)
    expect(await deliveredOf(doctor)).toEqual([2, 2])
  })

  it('keeps what is written without a network, and what is typed, through a lock', async () => {
    const stage = await threeOfTeam()
    const { clinic, doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    clinic.network = 'down'
    await sayIn(rosa, 'Written without a network.')
    await opened(rosa).write('begun and not sent')
    await relocked(rosa)
    await teamsIn(rosa).refresh()
    const open = opened(rosa)
    await open.load()
    expect(open.text.value).toBe('begun and not sent')
    await open.refresh()
    expect(open.events.value?.at(-1)?.copies.map(({ state }) => state)).toEqual(['sealed', 'sealed'])
    clinic.network = 'up'
    await carried(stage)
    for (const one of [doctor, nurse])
      expect(await saidIn(one)).toEqual(['Rosa Weiss: Written without a network.'])
  })

  it('sends nothing twice when the answers of the clinic are lost', async () => {
    const stage = await threeOfTeam()
    const { clinic, doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await sayIn(doctor, 'Once.')
    clinic.network = 'answers-lost'
    await syncWhole(doctor)
    clinic.network = 'up'
    await carried(stage)
    for (const one of [nurse, rosa]) expect(await saidIn(one)).toEqual(['Dr. Okafor: Once.'])
  })

  it('carries a file, which is kept apart from the words', async () => {
    const stage = await threeOfTeam()
    const { nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    const bytes = new Uint8Array([1, 2, 3])
    const file = { name: 'scan.png', type: 'image/png', size: 3, arrayBuffer: async () => bytes.buffer }
    await opened(rosa).attach(file)
    await carried(stage)
    const open = opened(nurse)
    await open.refresh()
    const last = open.events.value?.at(-1)?.row
    expect([last?.fileName, last?.mediaType, last?.sizeBytes]).toEqual(['scan.png', 'image/png', 3])
    const key = (last?.key ?? '').replace('team-event/', 'team-file/')
    expect(await sessionOf(nurse).unlocked.rows.get(key)).toEqual(bytes)
  })

  it('counts what is unread until a person has it before them', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await sayIn(doctor, 'Read me.')
    await carried(stage)
    expect(sessionOf(rosa).teams.value[0]?.unread).toBe(1)
    rosa.platform.isLookedAt = false
    await opened(rosa).refresh()
    await teamsIn(rosa).refresh()
    expect(sessionOf(rosa).teams.value[0]?.unread).toBe(1)
    rosa.platform.isLookedAt = true
    await opened(rosa).refresh()
    await teamsIn(rosa).refresh()
    expect(sessionOf(rosa).teams.value[0]?.unread).toBe(0)
  })

  it('shows the clinic neither its title nor a word of it, and that several mailboxes get the same bytes', async () => {
    const stage = await threeOfTeam()
    const { clinic, rosa, nurse, doctor } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    const seen = new TextDecoder('latin1').decode(Buffer.concat(clinic.seen))
    await sayIn(doctor, 'planted words of a care team')
    await carried(stage)
    expect(seen.includes('Ward 3')).toBe(false)
    expect(Buffer.concat(clinic.seen).includes('planted words of a care team')).toBe(false)
    const [hers, theirs] = [nurse, rosa].map(person =>
      (clinic.boxes.get(sessionOf(person).device.mailbox) ?? [])
        .map(({ bytes }) => bytes)
        .findLast(isTeamFrame),
    )
    expect(hers?.length).toBeGreaterThan(0)
    expect(hers).toEqual(theirs)
  })
})

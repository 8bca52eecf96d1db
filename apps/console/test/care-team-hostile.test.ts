import { leaveTeam, sealForTeam } from '@chartseal/elgamal-session/team'
import { describe, expect, it } from 'vitest'
import { createApp } from '../dist/state/app.js'
import { isTeamFrame } from '../dist/team/due.js'
import { teamFileOf } from '../dist/team/event-row.js'
import { decodeWhole, teamRow, type WholeTeam } from '../dist/team/team-row.js'
import { type FakeClinic, fakeClinic } from './fake-clinic.js'
import { enrolled, passphrase } from './fake-platform.js'
import { coverWithKit, type Person, pair, relocked, sessionOf } from './people.js'
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

const boxOf = (clinic: FakeClinic, person: Person) => clinic.boxes.get(sessionOf(person).device.mailbox) ?? []

/** Puts bytes into a mailbox, as whoever knows it may. */
function putInto(clinic: FakeClinic, person: Person, bytes: Uint8Array): void {
  const kept = boxOf(clinic, person)
  const id = `hostile-${kept.length}`
  kept.push({ id, from: 'somebody', bytes, position: kept.length + 1, acknowledged: false })
}

/** The frames that this person has in their mailbox, fetched or not. */
const framesFor = (clinic: FakeClinic, person: Person): readonly Uint8Array[] =>
  boxOf(clinic, person)
    .map(({ bytes }) => bytes)
    .filter(isTeamFrame)

const dueRows = ({ platform }: Person): readonly string[] =>
  [...platform.map.keys()].filter(key => key.startsWith('team-due/'))

async function wholeOf(person: Person, ref: string): Promise<WholeTeam> {
  const key = `team/${ref}`
  return decodeWhole(key, (await sessionOf(person).unlocked.rows.get(key)) ?? new Uint8Array())
}

const tagIn = (person: Person, name: string): string =>
  teamOf(person).people.find(one => one.name === name)?.tag ?? ''

describe('a care team among those who mean it ill', () => {
  it('drops bytes that only look like a frame, and frames of a care team that is not here', async () => {
    const stage = await threeOfTeam()
    const { clinic, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi'], [nurse])
    const text = new TextEncoder()
    for (const bytes of [
      text.encode('CSTM'),
      text.encode(`CSTM${'x'.repeat(300)}`),
      ...framesFor(clinic, nurse),
    ])
      putInto(clinic, rosa, bytes)
    await syncWhole(rosa)
    expect(teamsIn(rosa).all.value).toEqual([])
    expect(dueRows(rosa)).toEqual([])
    expect(sessionOf(rosa).problem.value).toBeNull()
  })

  it('takes no changed frame, and the right one all the same', async () => {
    const stage = await threeOfTeam()
    const { clinic, doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await sayIn(doctor, 'As it was written.')
    await syncWhole(doctor)
    const waiting = boxOf(clinic, rosa).find(({ acknowledged }) => !acknowledged)
    const frame = waiting?.bytes ?? new Uint8Array()
    for (const at of [10, 60, frame.length - 100, frame.length - 1])
      putInto(
        clinic,
        rosa,
        frame.map((byte, i) => (i === at ? byte ^ 1 : byte)),
      )
    await carried(stage)
    expect(await saidIn(rosa)).toEqual(['Dr. Okafor: As it was written.'])
    expect(await saidIn(nurse)).toEqual(['Dr. Okafor: As it was written.'])
    expect(dueRows(rosa)).toEqual([])
  })

  it('shows nothing twice when all that ever came comes again', async () => {
    const stage = await threeOfTeam()
    const { clinic, doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await sayIn(doctor, 'Once.')
    await carried(stage)
    await teamsIn(doctor).remove(ref, tagIn(doctor, 'Nurse Adeyemi'))
    await carried(stage)
    const before = await linesOf(rosa)
    for (const { bytes } of [...boxOf(clinic, rosa)]) putInto(clinic, rosa, bytes)
    for (const bytes of framesFor(clinic, nurse)) putInto(clinic, rosa, bytes)
    await carried(stage)
    expect(await linesOf(rosa)).toEqual(before)
    expect(namesIn(rosa).toSorted()).toEqual(['Dr. Okafor', 'Rosa Weiss'])
  })

  it('refuses what a member writes after they were removed, and says so once', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await teamsIn(doctor).remove(ref, tagIn(doctor, 'Nurse Adeyemi'))
    for (const one of [doctor, rosa]) await syncWhole(one)
    // The nurse's device does not know it yet, and its keys are those of before.
    for (const text of ['too late', 'and later']) await sayIn(nurse, text)
    await syncWhole(nurse)
    await carried(stage)
    for (const one of [doctor, rosa]) {
      expect(await saidIn(one)).toEqual([])
      expect((await linesOf(one)).filter(line => line.startsWith('refused')).length).toBe(1)
    }
    expect(teamOf(nurse).state).toBe('removed')
  })

  it('takes what was written before its sender could know of a removal, and says who could open it', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await teamsIn(doctor).remove(ref, tagIn(doctor, 'Nurse Adeyemi'))
    await syncWhole(doctor)
    await sayIn(rosa, 'I do not know it yet.')
    await carried(stage)
    const open = opened(doctor)
    await open.refresh()
    const last = open.events.value?.findLast(({ row }) => row.kind === 'said')?.row
    expect([last?.text, last?.names]).toEqual(['I do not know it yet.', ['Nurse Adeyemi']])
  })

  it('drops answers of those who were not invited, and invitations that are none', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Rosa Weiss'], [rosa])
    const rows = sessionOf(doctor).unlocked.rows
    const pairId = pairWith(doctor, 'Nurse Adeyemi')
    const answer = { v: 1, id: ref, signing: 'A'.repeat(43), box: 'AAAAAAAAAAAAAAAAAAAAAA' }
    const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
    await rows.write([
      [`team-due/000000000000001-aa/answer/${pairId}`, bytesOf(answer)],
      [`team-due/000000000000002-aa/answer/${pairId}`, bytesOf({ v: 1 })],
      [`team-due/000000000000003-aa/invitation/${pairId}`, bytesOf({ v: 1, id: ref, title: '' })],
      [`team-due/000000000000004-aa/welcome/${pairId}`, bytesOf('x')],
    ])
    await syncWhole(doctor)
    expect(dueRows(doctor)).toEqual([])
    expect(namesIn(doctor).toSorted()).toEqual(['Dr. Okafor', 'Rosa Weiss'])
    expect(teamsIn(doctor).all.value.length).toBe(1)
    expect(teamsIn(nurse).all.value).toEqual([])
  })
})

describe('a care team through trouble', () => {
  it('begins, and is joined, only where there is a recovery kit', async () => {
    const clinic = fakeClinic()
    const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    const rosa = await enrolled(clinic, 'patient', 'Rosa Weiss')
    await pair(doctor, rosa)
    const [{ id } = { id: '' }] = sessionOf(doctor).pairs.value
    await expect(teamsIn(doctor).begin('Ward 3', [id])).rejects.toMatchObject({ code: 'console/kit-first' })
    await coverWithKit(doctor)
    await teamsIn(doctor).begin('Ward 3', [id])
    for (const one of [doctor, rosa]) await syncWhole(one)
    const { ref } = teamOf(rosa)
    await expect(teamsIn(rosa).join(ref)).rejects.toMatchObject({ code: 'console/kit-first' })
    expect(teamOf(rosa).state).toBe('invited')
    await coverWithKit(rosa)
    await teamsIn(rosa).join(ref)
    for (const one of [rosa, doctor, rosa]) await syncWhole(one)
    expect(teamOf(rosa).state).toBe('in')
  })

  it('sends a copy once more that the clinic lost', async () => {
    const stage = await threeOfTeam()
    const { clinic, doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await sayIn(doctor, 'Lost once.')
    await syncWhole(doctor)
    const kept = boxOf(clinic, rosa)
    const at = kept.findIndex(({ acknowledged }) => !acknowledged)
    expect(kept.splice(at, 1).length).toBe(1)
    await carried(stage)
    expect(await saidIn(rosa)).toEqual(['Dr. Okafor: Lost once.'])
  })

  it('says for whom a copy was refused, and tries it again', async () => {
    const stage = await threeOfTeam()
    const { clinic, doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    const box = sessionOf(rosa).device.mailbox
    const kept = clinic.boxes.get(box) ?? []
    clinic.boxes.delete(box)
    await sayIn(doctor, 'Refused once.')
    await syncWhole(doctor)
    const open = opened(doctor)
    await open.refresh()
    const last = open.events.value?.at(-1)
    expect(last?.copies.map(({ name, state }) => [name, state]).toSorted()).toEqual([
      ['Nurse Adeyemi', 'stored'],
      ['Rosa Weiss', 'failed'],
    ])
    clinic.boxes.set(box, kept)
    await open.retry(last?.copies ?? [])
    await carried(stage)
    expect(await saidIn(rosa)).toEqual(['Dr. Okafor: Refused once.'])
  })

  it('loses no step when storing fails: what came is taken the next time', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    await begun(stage, ['Rosa Weiss'], [])
    await teamsIn(rosa).join(teamOf(rosa).ref)
    await syncWhole(rosa)
    const { rows } = doctor.platform
    const { write } = rows
    rows.write = async changes => {
      if (changes.some(([key]) => key.startsWith('team/')))
        throw new DOMException('full', 'QuotaExceededError')
      await write(changes)
    }
    await sessionOf(doctor).sync()
    await expect(teamsIn(doctor).refresh()).rejects.toThrow('full')
    expect(dueRows(doctor).length).toBe(1)
    rows.write = write
    await carried(stage)
    expect(teamOf(rosa).state).toBe('in')
    await sayIn(doctor, 'All well.')
    await carried(stage)
    expect(await saidIn(rosa)).toEqual(['Dr. Okafor: All well.'])
    expect(teamsIn(nurse).all.value).toEqual([])
  })

  it('gives each message its own number when two tabs write at once', async () => {
    const stage = await threeOfTeam()
    const { nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    const app = createApp(nurse.platform)
    await app.start()
    await app.unlock(passphrase)
    const other = { app, platform: nurse.platform }
    await teamsIn(other).refresh()
    await Promise.all([sayIn(nurse, 'from the first'), sayIn(other, 'from the second'), syncWhole(other)])
    await carried(stage)
    expect((await saidIn(rosa)).toSorted()).toEqual([
      'Nurse Adeyemi: from the first',
      'Nurse Adeyemi: from the second',
    ])
    app.lock()
  })

  it('lets a keeper that was set back write nothing before there are new keys for everybody', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Rosa Weiss'], [rosa])
    const { key, old } = teamRowOf(doctor, ref)
    await teamsIn(doctor).invite(ref, [pairWith(doctor, 'Nurse Adeyemi')])
    await carried(stage)
    await teamsIn(nurse).join(teamOf(nurse).ref)
    await carried(stage)
    doctor.platform.map.set(key, old)
    await sayIn(rosa, 'Of an epoch that you forgot.')
    await carried(stage)
    await relocked(doctor)
    await teamsIn(doctor).refresh()
    expect(teamOf(doctor).isBehind).toBe(true)
    await expect(sayIn(doctor, 'Under old keys?')).rejects.toMatchObject({ code: 'team/behind' })
    await teamsIn(doctor).renew(ref)
    await carried(stage)
    expect(teamOf(doctor).isBehind).toBe(false)
    await sayIn(doctor, 'Under new keys.')
    await carried(stage)
    expect(await saidIn(rosa)).toContain('Dr. Okafor: Under new keys.')
    expect(await saidIn(nurse)).not.toContain('Dr. Okafor: Under new keys.')
  })

  it('keeps the answer of who was invited until a keeper that was set back has new keys', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse } = stage
    const ref = await begun(stage, ['Nurse Adeyemi'], [])
    const { rows } = sessionOf(doctor).unlocked
    const { about, seat } = await wholeOf(doctor, ref)
    if (seat?.kind !== 'keeper') throw new Error('the doctor keeps it')
    await rows.write([teamRow({ about, seat: { ...seat, heardEpoch: 9 } })])
    await teamsIn(nurse).join(teamOf(nurse).ref)
    await carried(stage)
    expect([teamOf(doctor).isBehind, namesIn(doctor)]).toEqual([true, ['Dr. Okafor']])
    expect(dueRows(doctor)).toHaveLength(1)
    await teamsIn(doctor).renew(ref)
    await carried(stage)
    expect(namesIn(doctor)).toEqual(['Dr. Okafor', 'Nurse Adeyemi'])
    expect(dueRows(doctor)).toEqual([])
  })

  it('is not stopped by the word that somebody leaves when they were removed before it came', async () => {
    const stage = await threeOfTeam()
    const { clinic, doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    const { seat } = await wholeOf(nurse, teamOf(nurse).ref)
    if (seat?.kind !== 'member') throw new Error('the nurse is in')
    const { unlocked } = sessionOf(nurse)
    const left = leaveTeam(seat, unlocked)
    const { own } = left.seat
    const body = { mediaType: 'text/plain', content: new Uint8Array() }
    putInto(clinic, doctor, sealForTeam({ ...seat, own }, body, unlocked).frame)
    await carried(stage)
    await teamsIn(doctor).remove(ref, tagIn(doctor, 'Nurse Adeyemi'))
    putInto(clinic, doctor, left.frame)
    await carried(stage)
    expect(dueRows(doctor)).toEqual([])
    expect(sessionOf(doctor).problem.value).toBeNull()
    expect(namesIn(doctor)).toEqual(['Dr. Okafor', 'Rosa Weiss'])
  })

  it('keeps what calls itself a text and is none as a file, byte for byte', async () => {
    const stage = await threeOfTeam()
    const { clinic, doctor, rosa } = stage
    await begun(stage, ['Rosa Weiss'], [rosa])
    const content = Uint8Array.of(0x61, 0xff, 0xfe, 0x00)
    const { seat } = await wholeOf(rosa, teamOf(rosa).ref)
    if (seat === null) throw new Error('Rosa is in')
    const body = { mediaType: 'text/plain;charset=utf-8', content }
    putInto(clinic, doctor, sealForTeam(seat, body, sessionOf(rosa).unlocked).frame)
    await syncWhole(doctor)
    const open = opened(doctor)
    await open.refresh()
    const last = open.events.value?.at(-1)?.row
    expect([last?.fileName, last?.text, last?.sizeBytes]).toEqual(['file', '', 4])
    expect(await sessionOf(doctor).unlocked.rows.get(teamFileOf(last?.key ?? ''))).toEqual(content)
  })

  it('lets a member whose device lost something join once more on the same device', async () => {
    const stage = await threeOfTeam()
    const { doctor, nurse, rosa } = stage
    const ref = await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    await sayIn(doctor, 'Before.')
    await carried(stage)
    await teamsIn(doctor).invite(ref, [pairWith(doctor, 'Nurse Adeyemi')])
    await carried(stage)
    expect([teamOf(nurse).state, teamOf(nurse).isInvitedAgain]).toEqual(['in', true])
    await teamsIn(nurse).join(teamOf(nurse).ref)
    await carried(stage)
    expect([teamOf(nurse).state, teamOf(nurse).isInvitedAgain]).toEqual(['in', false])
    await sayIn(rosa, 'After.')
    await carried(stage)
    expect(await saidIn(nurse)).toEqual(['Dr. Okafor: Before.', 'Rosa Weiss: After.'])
    expect(namesIn(doctor).toSorted()).toEqual(['Dr. Okafor', 'Nurse Adeyemi', 'Rosa Weiss'])
  })

  it('reaches a member where they are after the clinic forgot their mailbox', async () => {
    const stage = await threeOfTeam()
    const { clinic, doctor, nurse, rosa } = stage
    await begun(stage, ['Nurse Adeyemi', 'Rosa Weiss'], [nurse, rosa])
    const before = sessionOf(nurse).device.mailbox
    clinic.forget(sessionOf(nurse).device.kid)
    await sessionOf(nurse).enrolAgain(`${clinic.origin}/#invite=${clinic.invite('doctor')}`)
    await carried(stage)
    expect(sessionOf(nurse).device.mailbox).not.toBe(before)
    await carried(stage)
    await sayIn(rosa, 'Where are you now?')
    await carried(stage)
    expect(await saidIn(nurse)).toEqual(['Rosa Weiss: Where are you now?'])
    expect(teamOf(doctor).people.map(({ box }) => box)).toContain(sessionOf(nurse).device.mailbox)
  })
})

function teamRowOf({ platform }: Person, ref: string) {
  const key = `team/${ref}`
  const value = platform.map.get(key)
  if (!(value instanceof Uint8Array)) throw new Error('there is no such row')
  return { key, old: Uint8Array.from(value) }
}

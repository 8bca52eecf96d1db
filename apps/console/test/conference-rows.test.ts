import { invitationType } from '@chartseal/clinic/conference'
import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { describe, expect, it } from 'vitest'
import { answerWaiting, takeInvitation } from '../dist/conference/accepting.js'
import { dueConferences, dueRow } from '../dist/conference/due.js'
import { beginConference, guestsOf, invite, takeAnswer } from '../dist/conference/inviting.js'
import { journalGone, journalOf, rowJournal, rowSlot } from '../dist/conference/journal-rows.js'
import { changeOwn, ownConferences, ownKeyOf } from '../dist/conference/own-conference.js'
import { ownSeats, readSeat, seatKeyOf } from '../dist/conference/seat-row.js'
import { newWordKey, readWords, type Word, wordRow } from '../dist/conference/word-row.js'
import { changePair } from '../dist/pairs/pairs.js'
import { fetchInbox } from '../dist/thread/inbox.js'
import { readInvited } from '../dist/thread/invited.js'
import { fileKeyOf } from '../dist/thread/message-row.js'
import { flush } from '../dist/thread/outbox.js'
import { sealQuietly } from '../dist/thread/send.js'
import { fakeClinic } from './fake-clinic.js'
import { coverWithKit, type Person, pairOf, sessionOf, threadOf, twoPeople } from './people.js'
import { covered, type Stage } from './records-stage.js'

const hourMs = 3_600_000
const unlockedOf = (person: Person) => sessionOf(person).unlocked

/** Messages leave and come; what runs conferences is not started. */
async function carry({ doctor, patient }: Pick<Stage, 'doctor' | 'patient'>): Promise<void> {
  for (const one of [doctor, patient]) await flush(unlockedOf(one), sessionOf(one).api)
  for (const one of [doctor, patient]) {
    const { unlocked, api, device } = sessionOf(one)
    await fetchInbox(unlocked, api, device.mailbox)
  }
}

async function invited() {
  const stage = await covered()
  const id = await beginConference(unlockedOf(stage.doctor), { title: ' Round ', lastsMs: hourMs })
  await invite(unlockedOf(stage.doctor), id, pairOf(stage.doctor))
  await carry(stage)
  return { ...stage, id }
}

async function taken(person: Person): Promise<string | null> {
  const [due] = await dueConferences(unlockedOf(person))
  if (due === undefined) throw new Error('nothing is due')
  return takeInvitation(unlockedOf(person), due)
}

async function answered(stage: Stage): Promise<void> {
  await carry(stage)
  for (const due of await dueConferences(unlockedOf(stage.doctor)))
    await takeAnswer(unlockedOf(stage.doctor), due)
}

describe('an invitation', () => {
  it('is shown in both threads, is answered unseen, and its keys are in no row of a message', async () => {
    const { id, ...stage } = await invited()
    const { doctor, patient } = stage
    const [mine] = await threadOf(doctor)
    const [theirs] = await threadOf(patient)
    for (const row of [mine, theirs])
      expect(row).toMatchObject({ mediaType: invitationType, text: id, fileName: 'Round' })
    for (const [person, row] of [
      [doctor, mine],
      [patient, theirs],
    ] as const)
      expect(await unlockedOf(person).rows.get(fileKeyOf(row?.key ?? ''))).toBeNull()
    const ref = await taken(patient)
    expect(await dueConferences(unlockedOf(patient))).toEqual([])
    expect(await ownSeats(unlockedOf(patient))).toMatchObject([
      { ref, title: 'Round', state: 'invited', isAnswered: true, pairId: pairOf(patient) },
    ])
    await answered(stage)
    expect(await guestsOf(unlockedOf(doctor), id)).toEqual([
      { pairId: pairOf(doctor), name: 'Rosa Weiss', hasAnswered: true },
    ])
    expect((await threadOf(doctor)).length).toBe(1)
  })

  it('is not answered before the recovery kit, and is then', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    await coverWithKit(doctor)
    const stage = { clinic, doctor, patient }
    const id = await beginConference(unlockedOf(doctor), { title: 'Round', lastsMs: hourMs })
    await invite(unlockedOf(doctor), id, pairOf(doctor))
    await carry(stage)
    await taken(patient)
    await answerWaiting(unlockedOf(patient))
    expect(await ownSeats(unlockedOf(patient))).toMatchObject([{ isAnswered: false }])
    await coverWithKit(patient)
    await answerWaiting(unlockedOf(patient))
    expect(await ownSeats(unlockedOf(patient))).toMatchObject([{ isAnswered: true }])
    await answered(stage)
    expect(await guestsOf(unlockedOf(doctor), id)).toMatchObject([{ hasAnswered: true }])
  })

  it('counts anew when the doctor makes another one for who had answered', async () => {
    const { id, ...stage } = await invited()
    const { doctor, patient } = stage
    const ref = await taken(patient)
    const before = await readSeat(unlockedOf(patient), ref ?? '')
    await answered(stage)
    await invite(unlockedOf(doctor), id, pairOf(doctor))
    expect(await guestsOf(unlockedOf(doctor), id)).toMatchObject([{ hasAnswered: false }])
    await carry(stage)
    expect(await taken(patient)).toBe(ref)
    const after = await readSeat(unlockedOf(patient), ref ?? '')
    expect(after?.seat).not.toEqual(before?.seat)
    await answered(stage)
    expect(await guestsOf(unlockedOf(doctor), id)).toMatchObject([{ hasAnswered: true }])
  })

  it('needs a kit, one conference at a time, and a pair that is not blocked', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    const conference = { title: 'Round', lastsMs: hourMs }
    await expect(beginConference(unlockedOf(doctor), conference)).rejects.toMatchObject({
      code: 'console/kit-first',
    })
    await coverWithKit(doctor)
    const id = await beginConference(unlockedOf(doctor), conference)
    await expect(beginConference(unlockedOf(doctor), conference)).rejects.toMatchObject({
      code: 'console/conference-on',
    })
    await changePair(unlockedOf(doctor), pairOf(doctor), pair => ({
      result: null,
      pair: { ...pair, blockedMs: 1 },
    }))
    await expect(invite(unlockedOf(doctor), id, pairOf(doctor))).rejects.toMatchObject({
      code: 'console/blocked',
    })
    await changeOwn(unlockedOf(doctor), id, ({ own }) => ({
      result: null,
      whole: { own: { ...own, state: 'ended' }, book: null },
    }))
    await expect(invite(unlockedOf(doctor), id, pairOf(doctor))).rejects.toMatchObject({
      code: 'console/conference-over',
    })
    expect(await beginConference(unlockedOf(doctor), conference)).not.toBe(id)
  })
})

describe('what the other side says of conferences', () => {
  it('is dropped when it is none, is over, or comes from the wrong side', async () => {
    const { id, ...stage } = await invited()
    const { doctor, patient } = stage
    expect(readInvited(encodeUtf8('{"id":"x","title":"y"}'))).toBeNull()
    expect(readInvited(encodeUtf8('none'))).toBeNull()
    const rowOf = (person: Person, type: string, text: string) =>
      changePair(unlockedOf(person), pairOf(person), pair => ({
        result: dueRow(unlockedOf(person), pair, type, encodeUtf8(text)),
        pair: null,
      }))
    expect(await rowOf(doctor, invitationType, '{}')).toEqual([])
    expect(await rowOf(patient, 'application/vnd.chartseal.conference-answer+json', '{}')).toEqual([])
    const [[key] = ['']] = await rowOf(patient, invitationType, '{}')
    const content = encodeUtf8('{"v":1}')
    const due = { key, kind: 'invited', pairId: pairOf(patient), content } as const
    expect(await takeInvitation(unlockedOf(patient), due)).toBeNull()
    patient.platform.aheadMs = 2 * hourMs
    expect(await taken(patient)).toBeNull()
    expect(await ownSeats(unlockedOf(patient))).toEqual([])
    const answer = { key: 'due-conference/answered/x/1', kind: 'answered', pairId: pairOf(doctor) } as const
    for (const text of ['{}', JSON.stringify({ v: 1, id, static: 'AAAA' })])
      await takeAnswer(unlockedOf(doctor), { ...answer, content: encodeUtf8(text) })
    expect(await guestsOf(unlockedOf(doctor), id)).toMatchObject([{ hasAnswered: false }])
  })

  it('is no message that people see when it answers what nobody asked', async () => {
    const stage = await covered()
    const body = { mediaType: 'application/vnd.chartseal.conference-answer+json', content: encodeUtf8('{}') }
    await changePair(unlockedOf(stage.patient), pairOf(stage.patient), pair =>
      sealQuietly(unlockedOf(stage.patient), pair, body),
    )
    await carry(stage)
    expect(await threadOf(stage.doctor)).toEqual([])
    for (const due of await dueConferences(unlockedOf(stage.doctor)))
      await takeAnswer(unlockedOf(stage.doctor), due)
    expect(await dueConferences(unlockedOf(stage.doctor))).toEqual([])
  })
})

describe('rows of conferences', () => {
  it('of a newer page are neither read nor written over', async () => {
    const { doctor } = await covered()
    const { rows } = unlockedOf(doctor)
    const newer = encodeCbor({ v: 2 })
    const readers = [
      [ownKeyOf('x'), () => ownConferences(unlockedOf(doctor))],
      [seatKeyOf('x'), () => ownSeats(unlockedOf(doctor))],
      ['word/x/1', () => readWords(unlockedOf(doctor), 'x', new Map())],
    ] as const
    for (const [key, read] of readers) {
      await rows.write([[key, newer]])
      await expect(read()).rejects.toMatchObject({ code: 'console/newer-page' })
      await rows.write([[key, null]])
    }
  })

  it('keep the order of a journal, replace it whole, and refuse one with a hole', async () => {
    const { doctor } = await covered()
    const { rows } = unlockedOf(doctor)
    const beside = [['word/x/1', new Uint8Array(1)] as const]
    const journal = await rowJournal(unlockedOf(doctor), 'x', () => beside)
    await journal.append([Uint8Array.of(1), Uint8Array.of(2)])
    await journal.append([Uint8Array.of(3)])
    expect(await rows.get('word/x/1')).toEqual(new Uint8Array(1))
    const recordsOf = async () => (await rowJournal(unlockedOf(doctor), 'x', () => [])).records
    expect(await recordsOf()).toEqual([1, 2, 3].map(one => Uint8Array.of(one)))
    await journal.replace([Uint8Array.of(4)])
    await journal.append([Uint8Array.of(5)])
    expect(await recordsOf()).toEqual([4, 5].map(one => Uint8Array.of(one)))
    const [first = ''] = await rows.keys(journalOf('x'))
    doctor.platform.map.set(first, new Uint8Array(40))
    await expect(recordsOf()).rejects.toMatchObject({ code: 'console/damaged-row' })
    await rows.write(await journalGone(unlockedOf(doctor), 'x'))
    expect(await recordsOf()).toEqual([])
    const slot = await rowSlot(unlockedOf(doctor), 'y', () => [])
    expect(slot.record).toBeNull()
    await slot.put(Uint8Array.of(6))
    expect((await rowSlot(unlockedOf(doctor), 'y', () => [])).record).toEqual(Uint8Array.of(6))
  })

  it('give a word back as it was written', async () => {
    const { doctor } = await covered()
    const { rows, clock, random } = unlockedOf(doctor)
    const key = newWordKey('x', clock, random)
    const word: Word = {
      ...{ key, kind: 'emergency', pairId: 'p', name: 'Rosa', text: 'Stop it.', atMs: 5 },
      ...{ sequence: 7, state: 'new', id: '9' },
    }
    await rows.write([wordRow(word)])
    expect(await readWords(unlockedOf(doctor), 'x', new Map())).toEqual([word])
  })
})

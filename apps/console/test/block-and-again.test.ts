import { describe, expect, it } from 'vitest'
import { createComposer } from '../dist/state/composer.js'
import { createKitScreen, createRestoreScreen } from '../dist/state/kit.js'
import type { OpenThread } from '../dist/state/open-thread.js'
import type { MessageRow } from '../dist/thread/message-row.js'
import { sealQuietly } from '../dist/thread/send.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { coverWithKit, type Person, pair, pairOf, say, sessionOf, twoPeople } from './people.js'

async function covered() {
  const clinic = fakeClinic()
  const people = await twoPeople(clinic)
  await coverWithKit(people.doctor)
  await coverWithKit(people.patient)
  const writing = createComposer(sessionOf(people.doctor), pairOf(people.doctor))
  const answering = createComposer(sessionOf(people.patient), pairOf(people.patient))
  return { clinic, ...people, writing, answering }
}

async function meet(...people: readonly Person[]): Promise<void> {
  for (const one of people) await sessionOf(one).sync()
}

async function threadOf(person: Person): Promise<readonly MessageRow[]> {
  const session = sessionOf(person)
  await session.openThread(pairOf(person))
  const open: OpenThread | null = session.thread.value
  return open?.messages ?? []
}

/** The clinic changes a byte of the last message in this mailbox. */
function damage({ boxes }: ReturnType<typeof fakeClinic>, person: Person): void {
  const kept = boxes.get(sessionOf(person).device.mailbox)?.at(-1)
  if (kept === undefined) throw new Error('no message waits')
  kept.bytes[60] = (kept.bytes[60] ?? 0) ^ 1
}

describe('a message that does not open', () => {
  it('is asked for, shown as wanted to whoever sent it, and comes once they say so', async () => {
    const { clinic, doctor, patient, writing, answering } = await covered()
    await say(writing, 'BP 120/80')
    await meet(doctor)
    damage(clinic, patient)
    await meet(patient)
    const [shut] = await threadOf(patient)
    expect(shut).toMatchObject({ state: 'unopenable', why: 'open/failed' })
    await answering.askAgain(shut?.key ?? '')
    expect((await threadOf(patient))[0]?.state).toBe('asked')
    await meet(patient, doctor, patient)
    expect(await threadOf(patient)).toHaveLength(1)
    const [wanted] = await threadOf(doctor)
    expect(wanted).toMatchObject({ text: 'BP 120/80', why: 'again/asked', state: 'delivered' })
    await writing.write('half a sent')
    if (wanted !== undefined) await writing.sendAgain(wanted)
    await meet(doctor, patient)
    expect((await threadOf(patient)).map(({ text, state }) => [text, state])).toEqual([
      ['', 'asked'],
      ['BP 120/80', 'read'],
    ])
    expect((await threadOf(doctor)).map(({ why }) => why)).toEqual(['', ''])
    const reopened = createComposer(sessionOf(doctor), pairOf(doctor))
    await reopened.load()
    expect(reopened.text.value).toBe('half a sent')
  })

  it('is a file that comes as the file it was', async () => {
    const { clinic, doctor, patient, writing, answering } = await covered()
    await writing.attach(new File([Uint8Array.of(1, 2, 3)], 'scan.png', { type: 'image/png' }))
    await meet(doctor)
    damage(clinic, patient)
    await meet(patient)
    await answering.askAgain((await threadOf(patient))[0]?.key ?? '')
    await meet(patient, doctor)
    const [wanted] = await threadOf(doctor)
    if (wanted !== undefined) await writing.sendAgain(wanted)
    await meet(doctor, patient)
    expect((await threadOf(patient))[1]).toMatchObject({ fileName: 'scan.png', sizeBytes: 3 })
  })

  it('is asked for, although the device that hears it stops before that is stored', async () => {
    const { clinic, doctor, patient, writing, answering } = await covered()
    await say(writing, 'BP 120/80')
    await meet(doctor)
    damage(clinic, patient)
    await meet(patient)
    await answering.askAgain((await threadOf(patient))[0]?.key ?? '')
    await meet(patient)
    const { rows } = doctor.platform
    const { write } = rows
    rows.write = changes =>
      changes.some(([key]) => key.startsWith('message/'))
        ? Promise.reject(new Error('stopped'))
        : write(changes)
    await meet(doctor)
    expect(sessionOf(doctor).problem.value).toMatchObject({ message: 'stopped' })
    rows.write = write
    await meet(doctor)
    expect((await threadOf(doctor))[0]?.why).toBe('again/asked')
    expect(sessionOf(doctor).problem.value).toBeNull()
  })

  it('names the month of its key when that is gone', async () => {
    const { doctor, patient, writing } = await covered()
    await say(writing, 'old news')
    await meet(doctor)
    const nowMs = doctor.platform.clock.nowMs()
    const today = new Date(nowMs)
    for (let month = 1; month <= 3; month++) {
      // Each look moves the keys on by a month at most.
      patient.platform.aheadMs = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + month, 15) - nowMs
      await sealNothing(patient)
    }
    await meet(patient)
    const [shut] = await threadOf(patient)
    expect(shut).toMatchObject({ state: 'unopenable', why: 'keyring/no-such-key' })
    expect(shut?.text).toBe(sessionOf(doctor).pairs.value[0]?.epoch)
  })

  it('is shown once when the clinic gives it twice', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    await say(writing, 'BP 120/80')
    await meet(doctor)
    damage(clinic, patient)
    await meet(patient)
    for (const kept of clinic.boxes.get(sessionOf(patient).device.mailbox) ?? []) kept.acknowledged = false
    await meet(patient)
    expect(await threadOf(patient)).toHaveLength(1)
  })
})

/** Something quiet that makes the keys of this month. */
async function sealNothing(person: Person): Promise<void> {
  const { unlocked } = sessionOf(person)
  const { changePair } = await import('../dist/pairs/pairs.js')
  await changePair(unlocked, pairOf(person), one => ({
    ...sealQuietly(unlocked, one, { mediaType: 'application/octet-stream', content: new Uint8Array(1) }),
    beside: [],
  }))
}

interface Kit {
  readonly book: Uint8Array
  readonly sheets: readonly string[]
}

/** Made, saved and checked; with its file. */
async function kitOf(person: Person): Promise<Kit> {
  const screen = createKitScreen(sessionOf(person), ['a', 'b', 'c'])
  await screen.make()
  const kit = screen.fresh.value
  if (kit === null) throw new Error('no kit was made')
  screen.save()
  await screen.check(kit.sheets[0] ?? '')
  return kit
}

async function restored(
  clinic: ReturnType<typeof fakeClinic>,
  role: 'doctor' | 'patient',
  { book, sheets }: Kit,
): Promise<Person> {
  const person = await enrolled(clinic, role, 'Somebody')
  const screen = createRestoreScreen(sessionOf(person))
  screen.takeBook(book)
  for (const sheet of sheets.slice(0, 2)) await screen.takeSheet(sheet)
  await screen.restore()
  expect(screen.restored.value).toBe(1)
  return person
}

describe('a pair that is blocked', () => {
  it('carries nothing either way, says so to both, and goes on when the block ends', async () => {
    const { doctor, patient, writing, answering } = await covered()
    await say(answering, 'before')
    await meet(patient, doctor)
    expect(sessionOf(doctor).pairs.value[0]?.unread).toBe(1)
    await writing.block(true)
    expect(sessionOf(doctor).pairs.value[0]).toMatchObject({ unread: 0, isBlockedByPeer: false })
    await say(writing, 'while blocked')
    expect(writing.task.error.value).toMatchObject({ code: 'console/blocked' })
    // On its way before the word of the block came.
    await say(answering, 'crossing')
    await meet(patient, doctor, patient)
    expect(sessionOf(patient).pairs.value[0]).toMatchObject({ isBlockedByPeer: true, blockedMs: 0 })
    await say(answering, 'after')
    expect(answering.task.error.value).toMatchObject({ code: 'console/blocked' })
    expect(sessionOf(doctor).pairs.value[0]?.unread).toBe(0)
    expect((await threadOf(doctor)).map(({ text, state }) => [text, state])).toEqual([
      ['before', 'unread'],
      ['crossing', 'unread'],
    ])
    await sessionOf(doctor).openThread(null)
    await meet(doctor, patient)
    expect((await threadOf(patient)).map(({ state }) => state)).toEqual(['delivered', 'delivered'])
    await writing.block(false)
    expect(sessionOf(doctor).pairs.value[0]?.unread).toBe(2)
    await threadOf(doctor)
    await meet(doctor, patient)
    expect(sessionOf(patient).pairs.value[0]?.isBlockedByPeer).toBe(false)
    expect((await threadOf(patient)).map(({ state }) => state)).toEqual(['opened', 'opened'])
    await say(answering, 'after')
    await meet(patient, doctor)
    expect((await threadOf(doctor)).at(-1)?.text).toBe('after')
  })

  it('believes no word that a clinic carries back to whoever sealed it', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    await writing.block(true)
    await meet(doctor)
    const [word] = clinic.boxes.get(sessionOf(patient).device.mailbox) ?? []
    if (word === undefined) throw new Error('no word of the block')
    clinic.boxes.get(sessionOf(doctor).device.mailbox)?.push({ ...word, id: 'C'.repeat(22), position: 99 })
    await meet(doctor)
    expect(sessionOf(doctor).pairs.value[0]?.isBlockedByPeer).toBe(false)
    expect(sessionOf(doctor).strays.value).toBe(0)
  })

  it('is told again to a device that was brought back from a kit, when it writes', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    const kit = await kitOf(patient)
    await writing.block(true)
    await meet(doctor, patient)
    const again = await restored(clinic, 'patient', kit)
    await meet(again, doctor)
    expect(sessionOf(again).pairs.value[0]?.isBlockedByPeer).toBe(false)
    await coverWithKit(again)
    await say(createComposer(sessionOf(again), pairOf(again)), 'from my new phone')
    await meet(again, doctor, again)
    expect(sessionOf(again).pairs.value[0]?.isBlockedByPeer).toBe(true)
    expect(sessionOf(doctor).pairs.value[0]).toMatchObject({ unread: 0 })
  })

  it('ends when the side that blocks comes back from a kit, which knows of no block', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    const kit = await kitOf(doctor)
    await writing.block(true)
    await meet(doctor, patient)
    expect(sessionOf(patient).pairs.value[0]?.isBlockedByPeer).toBe(true)
    await meet(await restored(clinic, 'doctor', kit), patient)
    expect(sessionOf(patient).pairs.value[0]?.isBlockedByPeer).toBe(false)
  })

  it('keeps the later of two words, in whichever order a clinic gives them', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    await writing.block(true)
    doctor.platform.aheadMs = 5
    await writing.block(false)
    await meet(doctor)
    const box = clinic.boxes.get(sessionOf(patient).device.mailbox)
    const [blocked, ended] = box?.splice(0) ?? []
    if (blocked === undefined || ended === undefined) throw new Error('two words must wait')
    box?.push({ ...ended, position: 1 }, { ...blocked, position: 2 })
    await meet(patient)
    expect(sessionOf(patient).pairs.value[0]?.isBlockedByPeer).toBe(false)
  })
})

describe('a pair that came after the recovery kit', () => {
  it('is written to at once, where a device without any kit writes to nobody', async () => {
    const { clinic, doctor } = await covered()
    const later = await enrolled(clinic, 'patient', 'Ulrich')
    await pair(doctor, later)
    const session = sessionOf(doctor)
    const ulrich = session.pairs.value.find(({ peerName }) => peerName === 'Ulrich')
    expect(ulrich?.isCovered).toBe(false)
    const writing = createComposer(session, ulrich?.id ?? '')
    await say(writing, 'welcome')
    expect(writing.task.error.value).toBeNull()
    await meet(doctor, later)
    expect((await threadOf(later))[0]?.text).toBe('welcome')
    const answering = createComposer(sessionOf(later), pairOf(later))
    await say(answering, 'thank you')
    expect(answering.task.error.value).toMatchObject({ code: 'console/kit-first' })
    // Nor does word leave that it was opened.
    await meet(later, doctor)
    await session.openThread(ulrich?.id ?? '')
    expect(session.thread.value?.messages.map(({ state }) => state)).toEqual(['delivered'])
  })
})

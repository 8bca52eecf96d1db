import { describe, expect, it } from 'vitest'
import { createComposer } from '../dist/state/composer.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import {
  coverWithKit,
  type Person,
  pair,
  pairOf,
  relocked,
  say,
  sessionOf,
  threadOf,
  twoPeople,
  until,
} from './people.js'

const weekMs = 7 * 86_400_000

/** The middle of the month that is so many behind this one, as a distance from now. */
function toMonth(ahead: number): number {
  const nowMs = Date.now()
  const today = new Date(nowMs)
  return Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + ahead, 15) - nowMs
}

async function covered() {
  const clinic = fakeClinic()
  const people = await twoPeople(clinic)
  await coverWithKit(people.doctor)
  await coverWithKit(people.patient)
  return { clinic, ...people }
}

const writingOf = (person: Person) => createComposer(sessionOf(person), pairOf(person))

describe('a device that was not used for long', () => {
  it('sends and receives again once a person says that its clock is right', async () => {
    const { doctor, patient } = await covered()
    for (const one of [doctor, patient]) {
      one.platform.aheadMs = toMonth(2)
      await relocked(one)
    }
    await until(() => sessionOf(doctor).problem.value)
    expect(sessionOf(doctor).problem.value).toMatchObject({ code: 'keyring/clock-jump' })
    for (const one of [doctor, patient]) await sessionOf(one).confirmClock()
    const writing = writingOf(doctor)
    await say(writing, 'back again')
    expect(writing.task.error.value).toBeNull()
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect(sessionOf(patient).pairs.value[0]?.last?.text).toBe('back again')
    for (const one of [doctor, patient]) expect(sessionOf(one).problem.value).toBeNull()
  })

  it('goes on after its clock ran fast and was set right, when a person says so', async () => {
    const { doctor, patient } = await covered()
    doctor.platform.aheadMs = weekMs
    await say(writingOf(doctor), 'from next week')
    doctor.platform.aheadMs = 0
    await say(writingOf(patient), 'an answer')
    await sessionOf(patient).sync()
    await relocked(doctor)
    await sessionOf(doctor).sync()
    expect(sessionOf(doctor).problem.value).toMatchObject({ code: 'keyring/clock-jump' })
    await sessionOf(doctor).confirmClock()
    expect(sessionOf(doctor).problem.value).toBeNull()
    expect((await threadOf(doctor)).map(({ text }) => text)).toContain('an answer')
  })
})

describe('a pair that stays silent', () => {
  it('holds up no other one, and its messages come when its clock is confirmed', async () => {
    const { clinic, doctor, patient } = await covered()
    const other = await enrolled(clinic, 'patient', 'Ulrich')
    await pair(doctor, other)
    await coverWithKit(other)
    const session = sessionOf(doctor)
    const rosa = session.pairs.value.find(({ peerName }) => peerName === 'Rosa Weiss')?.id ?? ''
    const ulrich = session.pairs.value.find(({ peerName }) => peerName === 'Ulrich')?.id ?? ''
    // Rosa's pair alone saw a clock that ran fast.
    doctor.platform.aheadMs = weekMs
    await say(createComposer(session, rosa), 'from next week')
    doctor.platform.aheadMs = 0
    for (const [one, text] of [
      [patient, 'from Rosa'],
      [other, 'from Ulrich'],
    ] as const) {
      await say(writingOf(one), text)
      await sessionOf(one).sync()
    }
    await session.sync()
    const textsOf = async (id: string) => (await threadOf(doctor, id)).map(({ text }) => text)
    expect(await textsOf(ulrich)).toEqual(['from Ulrich'])
    expect(session.problem.value).toMatchObject({ code: 'keyring/clock-jump' })
    const box = clinic.boxes.get(session.device.mailbox) ?? []
    expect(box.map(({ acknowledged }) => acknowledged)).toEqual([false, true])
    await session.confirmClock()
    expect(await textsOf(rosa)).toContain('from Rosa')
  })

  it('moves on with the months at each unlock, so that nobody is asked', async () => {
    const { doctor, patient } = await covered()
    for (const ahead of [1, 2, 3]) {
      for (const one of [doctor, patient]) {
        one.platform.aheadMs = toMonth(ahead)
        await relocked(one)
        await sessionOf(one).sync()
      }
    }
    await say(writingOf(doctor), 'three months later')
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect(sessionOf(patient).pairs.value[0]?.last?.text).toBe('three months later')
    expect(sessionOf(doctor).problem.value).toBeNull()
  })
})

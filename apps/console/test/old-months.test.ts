import { describe, expect, it } from 'vitest'
import { createComposer } from '../dist/state/composer.js'
import { fakeClinic } from './fake-clinic.js'
import { coverWithKit, type Person, pairOf, relocked, say, sessionOf, threadOf, twoPeople } from './people.js'

async function covered() {
  const clinic = fakeClinic()
  const people = await twoPeople(clinic)
  await coverWithKit(people.doctor)
  await coverWithKit(people.patient)
  return { clinic, ...people, writing: createComposer(sessionOf(people.doctor), pairOf(people.doctor)) }
}

/** Both unlock in the middle of each month up to the one that is so many ahead. */
async function monthsLater(months: number, ...people: readonly Person[]): Promise<void> {
  const nowMs = Date.now()
  const today = new Date(nowMs)
  for (let month = 1; month <= months; month++) {
    for (const one of people) {
      one.platform.aheadMs = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + month, 15) - nowMs
      await relocked(one)
    }
  }
}

const shown = async (person: Person) =>
  (await threadOf(person)).map(({ text, fileName, state }) => [text || fileName, state])

describe('what waited until its month was over', () => {
  it('arrives under a key of now, text and file', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    clinic.network = 'down'
    await say(writing, 'BP 120/80')
    await writing.attach(new File([Uint8Array.of(1, 2, 3)], 'scan.png', { type: 'image/png' }))
    await monthsLater(2, doctor, patient)
    clinic.network = 'up'
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect(await shown(patient)).toEqual([
      ['BP 120/80', 'read'],
      ['scan.png', 'read'],
    ])
    await sessionOf(patient).sync()
    await sessionOf(doctor).sync()
    expect(await shown(doctor)).toEqual([
      ['BP 120/80', 'opened'],
      ['scan.png', 'opened'],
    ])
  })

  it('does not come twice when the clinic had it and the answer was lost', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    clinic.network = 'answers-lost'
    await say(writing, 'once')
    await sessionOf(doctor).sync()
    clinic.network = 'down'
    await monthsLater(1, doctor)
    clinic.network = 'up'
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect(await shown(doctor)).toEqual([['once', 'stored']])
    expect(await shown(patient)).toEqual([['once', 'read']])
  })

  it('is dropped when it was word of what was opened, and kept when it was word of a block', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    await say(createComposer(sessionOf(patient), pairOf(patient)), 'seen')
    await sessionOf(patient).sync()
    await sessionOf(doctor).sync()
    clinic.network = 'down'
    await threadOf(doctor)
    await sessionOf(doctor).openThread(null)
    await writing.block(true)
    expect([...doctor.platform.map.keys()].filter(key => key.startsWith('outbox/'))).toHaveLength(2)
    await monthsLater(2, doctor, patient)
    clinic.network = 'up'
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect(sessionOf(patient).pairs.value[0]?.isBlockedByPeer).toBe(true)
    expect(await shown(patient)).toEqual([['seen', 'delivered']])
  })
})

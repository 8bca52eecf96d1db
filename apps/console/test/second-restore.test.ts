import { describe, expect, it } from 'vitest'
import { createComposer } from '../dist/state/composer.js'
import { fakeClinic } from './fake-clinic.js'
import {
  coverWithKit,
  kitOf,
  type Person,
  pairOf,
  relocked,
  restored,
  say,
  sessionOf,
  threadOf,
  twoPeople,
} from './people.js'

async function lostPhones() {
  const clinic = fakeClinic()
  const { doctor, patient } = await twoPeople(clinic)
  await coverWithKit(doctor)
  return { clinic, doctor, patient, kit: await kitOf(patient) }
}

const writingOf = (person: Person) => createComposer(sessionOf(person), pairOf(person))
const textsIn = async (person: Person) => (await threadOf(person)).map(({ text, state }) => [text, state])

describe('a kit that is brought back', () => {
  it('covers nothing any more: a new one is due before a message leaves', async () => {
    const { clinic, kit } = await lostPhones()
    const second = await restored(clinic, kit)
    await say(writingOf(second), 'too early')
    expect(sessionOf(second).pairs.value[0]?.isCovered).toBe(false)
    expect(await threadOf(second)).toEqual([])
    await coverWithKit(second)
    await say(writingOf(second), 'now')
    expect(await textsIn(second)).toEqual([['now', 'sealed']])
  })

  it('loses no message when the same sheets bring back a third phone, and nothing is shown twice', async () => {
    const { clinic, doctor, kit } = await lostPhones()
    for (const text of ['from the second phone', 'from the third phone']) {
      const phone = await restored(clinic, kit)
      await coverWithKit(phone)
      await say(writingOf(phone), text)
      await sessionOf(phone).sync()
      await sessionOf(doctor).sync()
      await sessionOf(phone).sync()
      expect((await textsIn(phone)).at(-1)).toEqual([text, 'delivered'])
      await say(writingOf(doctor), `answer to ${text}`)
      await sessionOf(doctor).sync()
      await sessionOf(phone).sync()
      expect((await textsIn(phone)).map(([said]) => said)).toContain(`answer to ${text}`)
      await sessionOf(doctor).sync()
    }
    const all = clinic.boxes.get(sessionOf(doctor).device.mailbox) ?? []
    for (const kept of all) kept.acknowledged = false
    await sessionOf(doctor).sync()
    const theirs = (await threadOf(doctor)).filter(({ own }) => !own)
    expect(theirs.map(({ text }) => text)).toEqual(['from the second phone', 'from the third phone'])
  })

  it('keeps no list of what was taken for longer than its key', async () => {
    const { doctor, patient } = await lostPhones()
    const taken = () => [...doctor.platform.map.keys()].filter(key => key.startsWith('taken/'))
    await say(writingOf(patient), 'hello')
    await sessionOf(patient).sync()
    await sessionOf(doctor).sync()
    expect(taken()).toHaveLength(1)
    const nowMs = Date.now()
    const today = new Date(nowMs)
    for (const month of [1, 2]) {
      doctor.platform.aheadMs = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + month, 15) - nowMs
      await relocked(doctor)
    }
    expect(taken()).toEqual([])
  })
})

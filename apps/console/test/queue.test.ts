import { describe, expect, it } from 'vitest'
import { createApp } from '../dist/state/app.js'
import { createComposer } from '../dist/state/composer.js'
import { sendText } from '../dist/thread/send.js'
import { fakeClinic } from './fake-clinic.js'
import { passphrase } from './fake-platform.js'
import { coverWithKit, type Person, pairOf, say, sessionOf, twoPeople } from './people.js'

async function covered() {
  const clinic = fakeClinic()
  const people = await twoPeople(clinic)
  await coverWithKit(people.doctor)
  await coverWithKit(people.patient)
  return { clinic, ...people, writing: createComposer(sessionOf(people.doctor), pairOf(people.doctor)) }
}

async function statesOf(person: Person): Promise<readonly string[]> {
  const session = sessionOf(person)
  await session.openThread(pairOf(person))
  return (session.thread.value?.messages ?? []).map(({ text, state }) => `${text}: ${state}`)
}

describe('what waits to leave', () => {
  it('keeps a message on disk before any request, and sends nothing while there is no network', async () => {
    const { clinic, doctor, writing } = await covered()
    clinic.network = 'down'
    await say(writing, 'later')
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['later: sealed'])
    expect([...doctor.platform.map.keys()].filter(key => key.startsWith('outbox/'))).toHaveLength(1)
    expect(sessionOf(doctor).isOnline.value).toBe(false)
    expect(sessionOf(doctor).waiting.value).toBe(1)
  })

  it('delivers once what was sent twice because the answer got lost', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    clinic.network = 'answers-lost'
    await say(writing, 'once')
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['once: sealed'])
    clinic.network = 'up'
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect((await statesOf(patient)).map(line => line.split(':')[0])).toEqual(['once'])
  })

  it('shows a refusal as not sent, with its code, and sends it when a person tries again', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    clinic.refuse = { status: 410, code: 'mailbox/ended', retryMs: 0 }
    await say(writing, 'refused')
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['refused: failed'])
    clinic.refuse = null
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['refused: failed'])
    await writing.retry(sessionOf(doctor).thread.value?.messages[0]?.key ?? '')
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect(await statesOf(patient)).toEqual(['refused: read'])
  })

  it.each([
    [503, 'server/log'],
    [507, 'mailbox/full'],
  ])('keeps a message that the clinic cannot take now (%i) as sealed', async (status, code) => {
    const { clinic, doctor, writing } = await covered()
    clinic.refuse = { status, code, retryMs: 10 }
    await say(writing, 'wait')
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['wait: sealed'])
    clinic.refuse = null
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['wait: stored'])
  })

  it('takes a message that the clinic has forgotten for delivered, and asks of a mailbox that ended without an error', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    await say(writing, 'forgotten')
    await sessionOf(doctor).sync()
    const box = clinic.boxes.get(sessionOf(patient).device.mailbox)
    await sessionOf(patient).sync()
    box?.splice(0)
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['forgotten: delivered'])
    await say(writing, 'nowhere')
    await sessionOf(doctor).sync()
    clinic.boxes.delete(sessionOf(patient).device.mailbox)
    await sessionOf(doctor).sync()
    expect((await statesOf(doctor))[1]).toBe('nowhere: stored')
    expect(sessionOf(doctor).problem.value).toBeNull()
  })

  it('spends no counter twice when two tabs write at the same time', async () => {
    const { doctor, patient, writing } = await covered()
    const tab = createApp(doctor.platform)
    await tab.start()
    await tab.unlock(passphrase)
    const other = createComposer(sessionOf({ app: tab }), pairOf({ app: tab }))
    const sends = Array.from({ length: 5 }, (_, i) =>
      Promise.all([
        sendText(sessionOf(doctor).unlocked, writing.pairId, `first ${i}`),
        sendText(sessionOf({ app: tab }).unlocked, other.pairId, `second ${i}`),
      ]),
    )
    await Promise.all(sends)
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    const session = sessionOf(patient)
    await session.openThread(pairOf(patient))
    const messages = session.thread.value?.messages ?? []
    expect(messages.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'read'))
    expect(new Set(messages.map(({ ref }) => ref)).size).toBe(10)
  })

  it('says that a message was opened only when somebody looks at the screen', async () => {
    const { doctor, patient, writing } = await covered()
    await sessionOf(patient).openThread(pairOf(patient))
    patient.platform.isLookedAt = false
    await say(writing, 'unseen')
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['unseen: delivered'])
    expect(sessionOf(patient).pairs.value[0]?.unread).toBe(1)
    patient.platform.isLookedAt = true
    await sessionOf(patient).sync()
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['unseen: opened'])
  })

  it('keeps a draft sealed until it is sent', async () => {
    const { doctor, writing } = await covered()
    await writing.write('half a sent')
    const again = createComposer(sessionOf(doctor), pairOf(doctor))
    await again.load()
    expect(again.text.value).toBe('half a sent')
    await writing.send()
    const last = createComposer(sessionOf(doctor), pairOf(doctor))
    await last.load()
    expect([writing.text.value, last.text.value]).toEqual(['', ''])
  })

  it('does not send before a recovery kit was checked', async () => {
    const clinic = fakeClinic()
    const { doctor } = await twoPeople(clinic)
    const writing = createComposer(sessionOf(doctor), pairOf(doctor))
    await say(writing, 'too early')
    expect(writing.task.error.value).toMatchObject({ code: 'console/kit-first' })
    expect([...clinic.boxes.values()].flat()).toEqual([])
  })
})

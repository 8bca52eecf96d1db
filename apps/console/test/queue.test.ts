import { describe, expect, it } from 'vitest'
import { createApp } from '../dist/state/app.js'
import { createComposer } from '../dist/state/composer.js'
import { sendText } from '../dist/thread/send.js'
import { fakeClinic } from './fake-clinic.js'
import { passphrase } from './fake-platform.js'
import {
  coverWithKit,
  kitOf,
  type Person,
  pairOf,
  relocked,
  restored,
  say,
  sessionOf,
  twoPeople,
  until,
} from './people.js'

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

const isHeld = ({ platform: { map } }: Person): boolean =>
  [...map.keys()].some(key => key.startsWith('held/'))

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

  it('sends the same once more when the clinic lost it, which whoever had it takes no notice of', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    await say(writing, 'had it')
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    await sessionOf(patient).openThread(null)
    await say(writing, 'lost')
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['had it: delivered', 'lost: stored'])
    // Yesterday's backup of the clinic has neither.
    const lost = clinic.boxes.get(sessionOf(patient).device.mailbox)?.splice(0) ?? []
    await sessionOf(doctor).sync()
    expect((await statesOf(doctor))[1]).toBe('lost: stored')
    const again = clinic.boxes.get(sessionOf(patient).device.mailbox) ?? []
    expect(again.map(({ id }) => id)).toEqual([lost[1]?.id])
    expect(again[0]?.bytes).toEqual(lost[1]?.bytes)
    const had = lost[0]
    if (had !== undefined) again.push({ ...had, acknowledged: false, position: 9 })
    await sessionOf(patient).sync()
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['had it: delivered', 'lost: delivered'])
    expect((await statesOf(patient)).map(line => line.split(':')[0])).toEqual(['had it', 'lost'])
    expect(sessionOf(patient).strays.value).toBe(0)
  })

  it('keeps no sealed copy of what the other side has', async () => {
    const { doctor, patient, writing } = await covered()
    const kept = () => [...doctor.platform.map.keys()].filter(key => /^(sent|outbox|held)\//.test(key))
    await say(writing, 'once')
    await sessionOf(doctor).sync()
    expect(kept()).toHaveLength(1)
    await sessionOf(patient).sync()
    await sessionOf(doctor).sync()
    expect(kept()).toEqual([])
  })

  it('asks of a mailbox that ended without an error', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    await say(writing, 'nowhere')
    await sessionOf(doctor).sync()
    clinic.boxes.delete(sessionOf(patient).device.mailbox)
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['nowhere: stored'])
    expect(sessionOf(doctor).problem.value).toBeNull()
  })

  it('goes to where the other side is, when their phone was lost: what waits, was refused, or nobody fetched', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    const kit = await kitOf(patient)
    await say(writing, 'stored')
    await sessionOf(doctor).sync()
    clinic.refuse = { status: 410, code: 'mailbox/ended', retryMs: 0 }
    await say(writing, 'refused')
    await sessionOf(doctor).sync()
    clinic.refuse = { status: 507, code: 'mailbox/full', retryMs: 0 }
    await say(writing, 'waiting')
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['stored: stored', 'refused: failed', 'waiting: sealed'])
    clinic.refuse = null
    const again = await restored(clinic, kit)
    await sessionOf(again).sync()
    clinic.network = 'up'
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['stored: stored', 'refused: stored', 'waiting: stored'])
    await sessionOf(again).sync()
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['stored: delivered', 'refused: delivered', 'waiting: delivered'])
    expect((await statesOf(again)).map(line => line.split(':')[0]).sort()).toEqual([
      'refused',
      'stored',
      'waiting',
    ])
  })

  it.each([
    ['fails at', () => Response.json({ code: 'server/fault' }, { status: 500 })],
    ['never takes', () => null],
  ])('lets all others leave when the clinic %s a large file', async (_, answer) => {
    const { clinic, doctor, patient, writing } = await covered()
    clinic.between = request => {
      if (request.method !== 'PUT' || Number(request.headers.get('x-size')) < 200_000) return null
      const given = answer()
      if (given === null) throw new TypeError('too slow')
      return given
    }
    await writing.attach(new File([new Uint8Array(200_000)], 'scan.png', { type: 'image/png' }))
    await say(writing, 'behind it')
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual([': sealed', 'behind it: stored'])
    expect(sessionOf(doctor).isOnline.value).toBe(true)
    clinic.between = null
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    expect((await statesOf(patient)).map(line => line.split(':')[0]).sort()).toEqual(['', 'behind it'])
  })

  it('tries what nobody sees again at the next unlock when it was refused', async () => {
    const { clinic, doctor, patient, writing } = await covered()
    await say(writing, 'seen')
    await sessionOf(doctor).sync()
    await sessionOf(patient).sync()
    clinic.refuse = { status: 410, code: 'mailbox/ended', retryMs: 0 }
    await statesOf(patient)
    await sessionOf(patient).sync()
    expect(isHeld(patient)).toBe(true)
    clinic.refuse = null
    await relocked(patient)
    await until(() => sessionOf(patient).waiting.value === 0 && !isHeld(patient))
    await sessionOf(patient).sync()
    await sessionOf(doctor).sync()
    expect(await statesOf(doctor)).toEqual(['seen: opened'])
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

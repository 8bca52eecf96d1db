import { describe, expect, it } from 'vitest'
import { createComposer } from '../dist/state/composer.js'
import { PairingScreen } from '../dist/state/pairing.js'
import { sendText } from '../dist/thread/send.js'
import { type FakeClinic, fakeClinic } from './fake-clinic.js'
import { enrolled, passphrase } from './fake-platform.js'
import { coverWithKit, pairOf, say, sessionOf, twoPeople, until } from './people.js'

/** Turns of the event loop, in which whatever still runs would ask again. */
async function asksNothingMore(clinic: FakeClinic): Promise<void> {
  const turns = async (): Promise<void> => {
    for (let left = 30; left > 0; left--) await new Promise(resolve => setTimeout(resolve, 0))
  }
  await turns()
  const before = clinic.seen.length
  await turns()
  expect(clinic.seen.length).toBe(before)
}

describe('a device that locks', () => {
  it('asks the clinic for nothing when it could not be opened', async () => {
    const clinic = fakeClinic()
    const { app, platform } = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    app.lock()
    await asksNothingMore(clinic)
    const { count } = platform.rows
    platform.rows.count = async () => {
      throw new DOMException('gone', 'InvalidStateError')
    }
    const before = clinic.seen.length
    await expect(app.unlock(passphrase)).rejects.toMatchObject({ name: 'InvalidStateError' })
    await asksNothingMore(clinic)
    expect(clinic.seen.length).toBe(before)
    platform.rows.count = count
    await app.unlock(passphrase)
    expect(app.status.value).toBe('unlocked')
  })

  it('refuses to read and to write with what was opened before', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    const session = sessionOf(doctor)
    const id = pairOf(doctor)
    doctor.app.lock()
    const { rows } = session.unlocked
    const tries = [
      () => rows.get(`pair/${id}`),
      () => rows.range('pair/'),
      () => rows.keys('pair/'),
      () => rows.count('pair/'),
      () => rows.last('pair/'),
      () => rows.write([['draft/x', new Uint8Array(1)]]),
      () => sendText(session.unlocked, id, 'late'),
    ]
    for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: 'console/locked' })
  })

  it('gives up a pairing that waits for the other side to confirm, and writes nothing of it', async () => {
    const clinic = fakeClinic()
    const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    const patient = await enrolled(clinic, 'patient', 'Rosa Weiss')
    const shown = new PairingScreen(sessionOf(doctor))
    const read = new PairingScreen(sessionOf(patient))
    void shown.show()
    void read.take(await until(() => shown.stage.value.kind === 'showing' && shown.stage.value.code))
    await until(() => shown.stage.value.kind === 'comparing' && read.stage.value.kind === 'comparing')
    const matching = shown.match()
    await until(() => clinic.stepsPut.includes('card-show'))
    const rowOf = (): unknown => [...doctor.platform.map].find(([key]) => key.startsWith('pair/'))?.[1]
    const before = rowOf()
    doctor.app.lock()
    await read.match()
    await matching
    await shown.leave()
    expect(rowOf()).toBe(before)
    expect(shown.stage.value.kind).not.toBe('done')
  })

  it('lets nothing more leave after the request that was under way', async () => {
    const clinic = fakeClinic()
    const { doctor } = await twoPeople(clinic)
    await coverWithKit(doctor)
    const session = sessionOf(doctor)
    await session.sync()
    clinic.network = 'down'
    const writing = createComposer(session, pairOf(doctor))
    for (const text of ['one', 'two', 'three']) await say(writing, text)
    await session.sync()
    clinic.network = 'up'
    const deposits = (): number => [...clinic.boxes.values()].flat().length
    const before = deposits()
    const syncing = session.sync()
    await until(() => deposits() > before)
    doctor.app.lock()
    await syncing
    await asksNothingMore(clinic)
    expect(deposits()).toBeLessThanOrEqual(before + 1)
    expect([...doctor.platform.map.keys()].filter(key => key.startsWith('outbox/')).length).toBeGreaterThan(1)
  })

  it('stops at a clinic that gives the same messages for ever, and says so', async () => {
    const clinic = fakeClinic()
    const { doctor, patient } = await twoPeople(clinic)
    await coverWithKit(doctor)
    await say(createComposer(sessionOf(doctor), pairOf(doctor)), 'once')
    await sessionOf(doctor).sync()
    clinic.repeats = true
    await sessionOf(patient).sync()
    expect(sessionOf(patient).problem.value).toMatchObject({
      code: 'console/bad-answer',
      context: { field: 'position' },
    })
    await asksNothingMore(clinic)
  })

  it('is one session after two unlocks at once: the first one ends', async () => {
    const { app } = await enrolled(fakeClinic(), 'doctor', 'Dr. Okafor')
    app.lock()
    await app.unlock(passphrase)
    const first = sessionOf({ app })
    await app.unlock(passphrase)
    expect([first.signal.aborted, sessionOf({ app }).signal.aborted]).toEqual([true, false])
  })
})

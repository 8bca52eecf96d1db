import { describe, expect, it } from 'vitest'
import { createComposer } from '../dist/state/composer.js'
import { createLinkForm, createLinkScreen } from '../dist/state/link.js'
import { PairingScreen } from '../dist/state/pairing.js'
import { createOwnRecordScreen, createReceivedScreen } from '../dist/state/records.js'
import type { Session } from '../dist/state/session.js'
import { createShareScreen } from '../dist/state/share.js'
import { createTask, slowMs, type Task } from '../dist/state/task.js'
import { fakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { pairOf, sessionOf, twoPeople, until } from './people.js'

const recordScreens: readonly (readonly [
  name: string,
  waitsFor: string,
  taskOf: (session: Session) => Task,
])[] = [
  ['sharing a record', 'device', session => createShareScreen(session).task],
  ['an own record', 'clinic', session => createOwnRecordScreen(session, 'any').task],
  ['a record of somebody else', 'clinic', session => createReceivedScreen(session, 'any').task],
  ['making a link', 'clinic', session => createLinkForm(session).task],
  ['a link', 'clinic', session => createLinkScreen(session, 'any').task],
]

/** A wait that ends when a test turns the clock, or when it is stopped. */
function clock() {
  const waiting: { readonly ms: number; readonly end: () => void }[] = []
  const wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      waiting.push({ ms, end: resolve })
      signal.addEventListener('abort', () => resolve())
    })
  return { wait, waiting }
}

describe('a task that takes long', () => {
  it('says so after ten seconds, and not any more when it is over', async () => {
    const { wait, waiting } = clock()
    const task = createTask({ wait })
    let finish = (): void => undefined
    const running = task.run(() => new Promise<void>(resolve => (finish = resolve)))
    expect([task.isSlow.value, waiting.map(({ ms }) => ms)]).toEqual([false, [slowMs]])
    waiting[0]?.end()
    await until(() => task.isSlow.value)
    finish()
    await running
    expect([task.isBusy.value, task.isSlow.value]).toEqual([false, false])
  })

  it('is not slow when it ended in time, whatever the clock does later', async () => {
    const { wait, waiting } = clock()
    const task = createTask({ wait })
    await task.run(async () => undefined)
    await task.run(async () => {
      throw new Error('failed')
    })
    for (const { end } of waiting) end()
    await new Promise(resolve => setTimeout(resolve, 5))
    expect(task.isSlow.value).toBe(false)
  })

  it('of a screen has the clock of its session', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    const session = sessionOf(doctor)
    const { wait, waiting } = clock()
    const composer = createComposer({ ...session, wait }, pairOf(doctor))
    await composer.write('x')
    await composer.send()
    expect(waiting.map(({ ms }) => ms)).toContain(slowMs)
  })

  it('of each screen of records and links has that clock, too, and says what it waits for', async () => {
    const person = await enrolled(fakeClinic(), 'doctor', 'Dr. Okafor')
    for (const [name, waitsFor, taskOf] of recordScreens) {
      const { wait, waiting } = clock()
      const task = taskOf({ ...sessionOf(person), wait })
      let finish = (): void => undefined
      const running = task.run(() => new Promise<void>(resolve => (finish = resolve)))
      expect([name, waiting.map(({ ms }) => ms), task.waitsFor]).toEqual([name, [slowMs], waitsFor])
      waiting[0]?.end()
      await until(() => task.isSlow.value)
      finish()
      await running
    }
  })
})

describe('pairing without a network', () => {
  it('says so at once, and goes on when the network is back', async () => {
    const clinic = fakeClinic()
    const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
    const patient = await enrolled(clinic, 'patient', 'Rosa')
    for (const { platform } of [doctor, patient]) platform.waits = 'briefly'
    const [shown, read] = [new PairingScreen(sessionOf(doctor)), new PairingScreen(sessionOf(patient))]
    expect(shown.isOffline.value).toBe(false)
    void shown.show()
    const code = await until(() => shown.stage.value.kind === 'showing' && shown.stage.value.code)
    clinic.network = 'down'
    void read.take(code)
    await until(() => read.isOffline.value)
    expect(read.error.value).toBeNull()
    clinic.network = 'up'
    await until(() => read.stage.value.kind === 'comparing')
    expect(read.isOffline.value).toBe(false)
    await read.leave()
    await shown.leave()
  })

  it('is said before anything is begun when the clinic did not answer', async () => {
    const clinic = fakeClinic()
    const person = await enrolled(clinic, 'patient', 'Rosa')
    clinic.network = 'down'
    await sessionOf(person).sync()
    expect(new PairingScreen(sessionOf(person)).isOffline.value).toBe(true)
  })
})

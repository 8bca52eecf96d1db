/** Two devices at one clinic, paired by the screens' own steps. */
import { expect } from 'vitest'
import type { FreshKit } from '../dist/kit/kit.js'
import type { App } from '../dist/state/app.js'
import type { Composer } from '../dist/state/composer.js'
import { createKitScreen, createRestoreScreen } from '../dist/state/kit.js'
import { PairingScreen } from '../dist/state/pairing.js'
import type { Session } from '../dist/state/session.js'
import type { MessageRow } from '../dist/thread/message-row.js'
import type { FakeClinic } from './fake-clinic.js'
import { enrolled, type FakePlatform, passphrase } from './fake-platform.js'

export interface Person {
  readonly app: App
  readonly platform: FakePlatform
}

export function sessionOf({ app }: Pick<Person, 'app'>): Session {
  if (app.session.value === null) throw new Error('the device is locked')
  return app.session.value
}

export const pairOf = (person: Pick<Person, 'app'>): string => sessionOf(person).pairs.value[0]?.id ?? ''

/** Waits until it is so; a fake answers within microtasks and timers of 0 ms. */
export async function until<Value>(look: () => Value | null | undefined | false): Promise<Value> {
  for (let left = 30_000; left > 0; left--) {
    const found = look()
    if (found !== null && found !== undefined && found !== false) return found
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  throw new Error('it never was so')
}

export async function pair(doctor: Person, patient: Person): Promise<void> {
  const shown = new PairingScreen(sessionOf(doctor))
  const read = new PairingScreen(sessionOf(patient))
  void shown.show()
  const code = await until(() => shown.stage.value.kind === 'showing' && shown.stage.value.code)
  void read.take(code)
  const left = await until(() => shown.stage.value.kind === 'comparing' && shown.stage.value.digits)
  const right = await until(() => read.stage.value.kind === 'comparing' && read.stage.value.digits)
  expect(left).toBe(right)
  await Promise.all([shown.match(), read.match()])
  expect([shown.stage.value.kind, read.stage.value.kind]).toEqual(['done', 'done'])
}

/** A kit of all pairs, of which one sheet was scanned back; gives its sheets. */
export async function coverWithKit(person: Person): Promise<readonly string[]> {
  const screen = createKitScreen(sessionOf(person), ['a', 'b', 'c'])
  await screen.make()
  const sheets = screen.fresh.value?.sheets ?? []
  screen.save()
  await screen.check(sheets[1] ?? '')
  expect(screen.isChecked.value).toBe(true)
  return sheets
}

/** Writes and sends, as far as the outbox. */
export async function say(writing: Composer, text: string): Promise<void> {
  await writing.write(text)
  await writing.send()
}

export async function twoPeople(clinic: FakeClinic): Promise<{ doctor: Person; patient: Person }> {
  const doctor = await enrolled(clinic, 'doctor', 'Dr. Okafor')
  const patient = await enrolled(clinic, 'patient', 'Rosa Weiss')
  await pair(doctor, patient)
  return { doctor, patient }
}

/** Locked and unlocked again, as after a night. */
export async function relocked({ app }: Person): Promise<void> {
  app.lock()
  await app.unlock(passphrase)
  await sessionOf({ app }).sync()
}

/** What is in a thread, as it is on the screen. */
export async function threadOf(
  person: Pick<Person, 'app'>,
  pairId = pairOf(person),
): Promise<readonly MessageRow[]> {
  const session = sessionOf(person)
  await session.openThread(pairId)
  return session.thread.value?.messages ?? []
}

/** A kit of all pairs, checked, whose file and sheets are at hand. */
export async function kitOf(person: Person): Promise<FreshKit> {
  const screen = createKitScreen(sessionOf(person), ['a', 'b', 'c'])
  await screen.make()
  const kit = screen.fresh.value
  if (kit === null) throw new Error('no kit was made')
  screen.save()
  await screen.check(kit.sheets[1] ?? '')
  return kit
}

/** A new phone to which this kit was brought. */
export async function restored(clinic: FakeClinic, kit: FreshKit): Promise<Person> {
  const person = await enrolled(clinic, 'patient', 'Rosa Weiss')
  const screen = createRestoreScreen(sessionOf(person))
  screen.takeBook(kit.book)
  for (const sheet of kit.sheets.slice(0, 2)) await screen.takeSheet(sheet)
  await screen.restore()
  expect(screen.restored.value).toBe(1)
  return person
}

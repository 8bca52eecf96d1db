/** Two people who may write, and what they do with records. */
import { recordsApi } from '../dist/records/api.js'
import { createReceivedScreen, createRecordsScreen, type RecordView } from '../dist/state/records.js'
import { createShareScreen, type ShareScreen } from '../dist/state/share.js'
import { peerRefOf } from '../dist/thread/invited.js'
import { type FakeClinic, fakeClinic } from './fake-clinic.js'
import { coverWithKit, type Person, pairOf, sessionOf, twoPeople } from './people.js'

export interface Stage {
  readonly clinic: FakeClinic
  readonly doctor: Person
  readonly patient: Person
}

export async function covered(): Promise<Stage> {
  const clinic = fakeClinic()
  const { doctor, patient } = await twoPeople(clinic)
  await coverWithKit(doctor)
  await coverWithKit(patient)
  return { clinic, doctor, patient }
}

/** More than one block, and no two blocks alike. */
export function contentOf(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 8) * 7 + (i >> 16)) % 251)
}

export const fileOf = (content: Uint8Array<ArrayBuffer>, name = 'scan.dcm', type = 'application/dicom') =>
  new File([content], name, { type })

export function sharing(
  person: Person,
  content: Uint8Array<ArrayBuffer>,
  pairId = pairOf(person),
): ShareScreen {
  const screen = createShareScreen(sessionOf(person), pairId)
  screen.take(fileOf(content))
  return screen
}

/** Shared, and at the clinic when the network is up; gives the id. */
export async function shared(person: Person, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const screen = sharing(person, content)
  const id = await screen.share()
  if (id === null) throw screen.task.error.value
  await sessionOf(person).settle()
  return id
}

export async function ownOf(person: Person, id: string): Promise<RecordView> {
  const screen = createRecordsScreen(sessionOf(person))
  await screen.load()
  const found = screen.own.value?.find(one => one.id === id)
  if (found === undefined) throw new Error('there is no such record')
  return found
}

export async function opened(person: Person, id: string, purpose = 'TREAT', pairId = pairOf(person)) {
  const screen = createReceivedScreen(sessionOf(person), peerRefOf(pairId, id))
  await screen.open(purpose)
  return { record: screen.opened.value, error: screen.task.error.value, screen }
}

export const apiOf = (person: Person) => recordsApi(sessionOf(person).requests)

/** Messages that wait leave, and come. */
export async function carried({ doctor, patient }: Stage): Promise<void> {
  for (const one of [doctor, patient, doctor]) await sessionOf(one).sync()
}

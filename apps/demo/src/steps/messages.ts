/** Step: the patient's results go out as sealed messages. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { advanceRing, epochEnd, type Ring, readingKey, shred } from '@chartseal/kdf-keyring'
import {
  type Binding,
  type Body,
  formatMessage,
  inspectMessage,
  openMessage,
  parseMessage,
  readHeader,
} from '@chartseal/wire'
import { Correspondent } from '../correspondent.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { count, grouped, leftOutLines, shownName } from '../words.js'
import type { World } from '../world.js'
import { sendImage } from './attachment.js'
import { writeAsTeam } from './care-team.js'
import type { People } from './keys.js'
import { attackMessage, attackParts, includes } from './message-attacks.js'

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs

/** One sealed message and its text, for whoever recovers the doctor's ring later. */
export interface SentMessage {
  readonly text: string
  readonly sealed: string
  readonly binding: Binding
  /** The doctor's, after all that was sent. */
  readonly doctorRing: Ring
}

export async function sendMessages(stage: Stage, world: World, clinic: People): Promise<SentMessage> {
  const texts = textsOf(stage, world)
  const binding: Binding = {
    patientId: clinic.patient.id,
    thread: 'results',
    sender: clinic.doctorName,
    recipient: shownName(clinic.patient.name),
  }
  const { pair } = clinic
  const doctor = new Correspondent(pair.doctor, pair.doctorRing, binding, world.io)
  const patient = new Correspondent(pair.patient, pair.patientRing, binding, world.io)
  const sealed = texts.map(text => doctor.seal(noteOf(text)))
  await clinic.trail.record(clinic.doctorName, `sealed ${count(texts.length, 'message')}`, clinic.patient.id)
  const [text, first] = [present(texts[0]), present(sealed[0])]
  stage.note(`The first one, ready for any chat: ${first.slice(0, 72)}…`)
  await world.shelf.put(
    { name: 'note.sealed', about: 'the first message, as a chat carries it', look: 'explain ./note.sealed' },
    `${first}\n`,
  )
  await checkOpening(stage, clinic, patient, texts, sealed)
  checkSecrecy(stage, clinic, texts, sealed)
  await attackMessage(stage, world, clinic, { sealed: first, binding, receiver: patient })
  const parts = doctor.seal(noteOf(text.slice(0, 30_000).toWellFormed()), { bucketBytes: 8192 })
  await attackParts(stage, patient, parts, first)
  const imaging = { thread: 'imaging' }
  const inThread = { sender: doctor.named(imaging), receiver: patient.named(imaging) }
  await sendImage(stage, world, clinic, inThread)
  const rings = { doctor: inThread.sender.ring, patient: inThread.receiver.ring }
  const doctorRing = await writeAsTeam(stage, world, clinic, rings)
  await checkForgetting(stage, clinic, { text, sealed: first, binding })
  return { text, sealed: first, binding, doctorRing }
}

function noteOf(text: string): Omit<Body, 'sentAtMs'> {
  return { mediaType: 'application/fhir+json', content: encodeUtf8(text) }
}

function textsOf(stage: Stage, world: World): readonly string[] {
  const { results, leftOut } = world.input.bundle
  const found = (kind: string): number => results.filter(result => result.kind === kind).length
  stage.note(
    `The bundle holds ${count(found('Observation'), 'Observation')} and ${count(found('DiagnosticReport'), 'DiagnosticReport')}`,
  )
  for (const line of leftOutLines(leftOut.filter(({ name }) => !name.startsWith('MedicationRequest/'))))
    stage.note(line)
  if (results.length > 0) return results.map(result => result.text)
  stage.note("There is nothing of the patient's to send, so the demo sends a note of its own")
  return ['{"resourceType":"Observation","status":"final","valueString":"A note of the demo"}']
}

async function checkOpening(
  stage: Stage,
  clinic: People,
  receiver: Correspondent,
  texts: readonly string[],
  sealed: readonly string[],
): Promise<void> {
  const same = sealed.every((message, i) => saysExactly(receiver.receive(message), present(texts[i])))
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  stage.check(
    `${count(texts.length, 'message')} sealed by the doctor, opened by the patient: the same ${grouped(characters)} characters`,
    same && sealed.length === texts.length,
  )
  stage.check('each message, taken apart and put together again, is the same text', sealed.every(isCanonical))
  stage.check('no two of them are alike', new Set(sealed).size === sealed.length)
  await clinic.trail.record(
    clinic.patient.name,
    `opened ${count(texts.length, 'message')}`,
    clinic.patient.id,
  )
}

/** What a ring reads, whoever has it and whatever was opened before. */
export function readWith(ring: Ring, { sealed, binding }: Omit<SentMessage, 'doctorRing'>): Body {
  const message = parseMessage(sealed)
  const { key } = readingKey(ring, readHeader(message).kid)
  try {
    return openMessage(key, message, binding).body
  } finally {
    key.wipe()
  }
}

export function saysExactly(body: Body | null, text: string): boolean {
  return body !== null && new TextDecoder().decode(body.content) === text
}

const isCanonical = (message: string): boolean => formatMessage(parseMessage(message)) === message

/** Shorter ids are found in any bytes by chance. */
const tellingIdBytes = 8

function checkSecrecy(
  stage: Stage,
  { patient }: People,
  texts: readonly string[],
  sealed: readonly string[],
): void {
  const id = encodeUtf8(patient.id)
  if (id.length >= tellingIdBytes) {
    const shows = (message: string): boolean =>
      message.includes(patient.id) || includes(parseMessage(message), id)
    stage.check("the patient's id is on none of them", !sealed.some(shows))
  }
  const lengths = (values: readonly string[]): number => new Set(values.map(value => value.length)).size
  stage.note(
    `Texts of ${count(lengths(texts), 'length')} travel as ${count(lengths(sealed), 'length')}: what is sealed is padded`,
  )
  const { message } = inspectMessage(present(sealed[0]))
  const told = message?.version === 2 ? `key ${message.kid}, message ${message.counter}` : 'nothing'
  stage.note(`Without a key the first one tells: ${told}`)
}

/** A message that is read after its month has ended: possible for 7 days, or until the month is shredded. */
async function checkForgetting(
  stage: Stage,
  { pair }: People,
  sent: Omit<SentMessage, 'doctorRing'>,
): Promise<void> {
  const { epoch } = pair.patientRing
  const nextMonthMs = epochEnd(epoch)
  const moved = advanceRing(pair.patientRing, nextMonthMs + hourMs)
  const read = (ring: Ring): Body => readWith(ring, sent)
  const later = (days: number): Ring => advanceRing(moved, nextMonthMs + days * dayMs)
  stage.check(
    'six days into the next month the message still opens',
    saysExactly(read(later(6.5)), sent.text),
  )
  await stage.attack('the same message eight days into the next month', 'keyring/no-such-key', () =>
    read(later(8)),
  )
  await stage.attack('the same message, its month shredded at once', 'keyring/no-such-key', () =>
    read(shred(moved, epoch)),
  )
}

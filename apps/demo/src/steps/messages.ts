/** Step: the patient's results go out as sealed messages. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { advanceRing, epochEnd, type Ring, shred } from '@chartseal/kdf-keyring'
import { type Binding, type Body, formatMessage, inspectMessage, parseMessage } from '@chartseal/wire'
import { Inbox, Outbox } from '../mailbox.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { count, grouped } from '../words.js'
import type { World } from '../world.js'
import { sendImage } from './attachment.js'
import type { Clinic } from './keys.js'
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

export async function sendMessages(stage: Stage, world: World, clinic: Clinic): Promise<SentMessage> {
  const texts = textsOf(stage, world)
  const binding: Binding = {
    patientId: clinic.patient.id,
    thread: 'results',
    sender: clinic.doctorName,
    recipient: clinic.patient.name,
  }
  const outbox = new Outbox(clinic.pair.doctorRing, binding, world.io)
  const inbox = new Inbox(clinic.pair.patientRing, binding)
  const sealed = texts.map(text => outbox.seal(noteOf(world, text)))
  await clinic.trail.record(clinic.doctorName, `sealed ${count(texts.length, 'message')}`, clinic.patient.id)
  const [text, first] = [present(texts[0]), present(sealed[0])]
  stage.note(`The first one, ready for any chat: ${first.slice(0, 72)}…`)
  await checkOpening(stage, clinic, inbox, texts, sealed)
  checkSecrecy(stage, clinic, texts, sealed)
  await attackMessage(stage, world, clinic, { sealed: first, binding, inbox })
  const parts = outbox.seal(noteOf(world, text.slice(0, 30_000).toWellFormed()), { bucketBytes: 8192 })
  await attackParts(stage, inbox, parts, first)
  await sendImage(stage, world, clinic, { outbox, inbox, binding: { ...binding, thread: 'imaging' } })
  await checkForgetting(stage, clinic, { text, sealed: first, binding })
  return { text, sealed: first, binding, doctorRing: outbox.ring }
}

function noteOf({ io }: World, text: string): Body {
  return { mediaType: 'application/fhir+json', content: encodeUtf8(text), sentAtMs: io.clock.nowMs() }
}

function textsOf(stage: Stage, world: World): readonly string[] {
  const { results } = world.input.bundle
  const found = (kind: string): number => results.filter(result => result.kind === kind).length
  stage.note(
    `The bundle holds ${count(found('Observation'), 'Observation')} and ${count(found('DiagnosticReport'), 'DiagnosticReport')}`,
  )
  if (results.length > 0) return results.map(result => result.text)
  stage.note("There is nothing of the patient's to send, so the demo sends a note of its own")
  return ['{"resourceType":"Observation","status":"final","valueString":"A note of the demo"}']
}

async function checkOpening(
  stage: Stage,
  clinic: Clinic,
  inbox: Inbox,
  texts: readonly string[],
  sealed: readonly string[],
): Promise<void> {
  const same = sealed.every((message, i) => saysExactly(inbox.receive(message), present(texts[i])))
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

export function saysExactly(body: Body | null, text: string): boolean {
  return body !== null && new TextDecoder().decode(body.content) === text
}

const isCanonical = (message: string): boolean => formatMessage(parseMessage(message)) === message

/** Shorter ids are found in any bytes by chance. */
const tellingIdBytes = 8

function checkSecrecy(
  stage: Stage,
  { patient }: Clinic,
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
  { pair }: Clinic,
  sent: Omit<SentMessage, 'doctorRing'>,
): Promise<void> {
  const { epoch } = pair.patientRing
  const nextMonthMs = epochEnd(epoch)
  const moved = advanceRing(pair.patientRing, nextMonthMs + hourMs)
  const read = (ring: Ring): Body | null => new Inbox(ring, sent.binding).receive(sent.sealed)
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

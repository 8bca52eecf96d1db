/** Step: the patient's results go out as sealed messages. */
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { monthOf, openWithRing } from '@chartseal/kdf-keyring/v1'
import { format, type OpenedMessage, open, parse, seal } from '@chartseal/wire/v1'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { count, flipped, grouped } from '../words.js'
import type { World } from '../world.js'
import { type Clinic, ringOf } from './keys.js'

const dayMs = 24 * 60 * 60 * 1000

/** Returns one sealed message and its text, for whoever recovers the master secret later. */
export interface SentMessage {
  readonly text: string
  readonly sealed: string
}

export async function sendMessages(stage: Stage, world: World, clinic: Clinic): Promise<SentMessage> {
  const texts = textsOf(stage, world)
  const key = await clinic.doctorRing.keyForSealing()
  const sealed = texts.map(text => seal(key, text, clinic.patient.id, { random: world.io.random }))
  await clinic.trail.record(clinic.doctorName, `sealed ${count(texts.length, 'message')}`, clinic.patient.id)
  const first = { text: present(texts[0]), sealed: present(sealed[0]) }
  stage.note(`The first one, ready for any chat: ${first.sealed.slice(0, 72)}…`)
  await checkOpening(stage, clinic, texts, sealed)
  await checkGrace(stage, world, clinic, first)
  await attackMessage(stage, world, clinic, first)
  return first
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
  texts: readonly string[],
  sealed: readonly string[],
): Promise<void> {
  const opened = await Promise.all(sealed.map(message => openAtPatient(clinic, message)))
  const same = opened.every(({ plaintext, patientId }, i) => {
    return plaintext === texts[i] && patientId === clinic.patient.id
  })
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  stage.check(
    `${count(texts.length, 'message')} sealed by the doctor, opened by the patient: the same ${grouped(characters)} characters`,
    same && opened.length === texts.length,
  )
  stage.check('each message, taken apart and put together again, is the same text', sealed.every(isCanonical))
  stage.check('no two of them are alike', new Set(sealed).size === sealed.length)
  await clinic.trail.record(
    clinic.patient.name,
    `opened ${count(texts.length, 'message')}`,
    clinic.patient.id,
  )
}

const isCanonical = (message: string): boolean => format(parse(message)) === message

function openAtPatient({ patientRing }: Clinic, message: string): Promise<OpenedMessage> {
  return openWithRing(patientRing, key => open(key, message))
}

/** A message that is read after its month has ended: possible for 7 days. */
async function checkGrace(stage: Stage, world: World, clinic: Clinic, sent: SentMessage): Promise<void> {
  const nextMonthMs = startOfNextMonthMs(world.io.clock.nowMs())
  const readLater = async (days: number): Promise<OpenedMessage> => {
    using ring = ringOf(clinic.masterSecret, { nowMs: () => nextMonthMs + days * dayMs })
    return await openWithRing(ring, key => open(key, sent.sealed))
  }
  const { plaintext } = await readLater(6.5)
  stage.check('six days into the next month the message still opens', plaintext === sent.text)
  await stage.attack('the same message eight days into the next month', 'open/failed', () => readLater(8))
}

function startOfNextMonthMs(nowMs: number): number {
  const [year = 0, month = 0] = monthOf(nowMs).split('-').map(Number)
  return Date.UTC(year, month)
}

async function attackMessage(stage: Stage, world: World, clinic: Clinic, sent: SentMessage): Promise<void> {
  const { random, clock } = world.io
  const key = await clinic.patientRing.keyForSealing()
  const parts = parse(sent.sealed)
  const forged = (change: Partial<typeof parts>): string => format({ ...parts, ...change })
  await stage.attack('one flipped bit in the text', 'open/failed', () =>
    open(key, forged({ ciphertext: flipped(parts.ciphertext) })),
  )
  await stage.attack('one flipped bit in the tag', 'open/failed', () =>
    open(key, forged({ tag: flipped(parts.tag) })),
  )
  await stage.attack("another patient's name on the message", 'open/failed', () =>
    open(key, forged({ patientId: 'another-patient' })),
  )
  await stage.attack('a message meant for another patient', 'wire/other-patient', () =>
    open(key, sent.sealed, { expectedPatientId: 'another-patient' }),
  )
  await stage.attack('a key of random bytes', 'open/failed', () =>
    open(AeadKey.generate(random), sent.sealed),
  )
  await stage.attack('a ring over another secret', 'open/failed', () => {
    const ring = ringOf(new SecretBytes(random.bytes(32)), clock)
    return openWithRing(ring, other => open(other, sent.sealed))
  })
  await stage.attack('a lax spelling of the same message', 'wire/not-base64', () =>
    open(key, sent.sealed.replace(/:([^:]+)\]$/, ': $1]')),
  )
}

/** Step: a message by way of a clinic's server, and what the patient can prove about it. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Clock } from '@chartseal/core/ports'
import { formatMessage, parseMessage } from '@chartseal/wire'
import { checkAccesses } from '../clinic/accesses.js'
import { type Address, ClinicDevice, deliver, type Reply, unsigned } from '../clinic/device.js'
import { type ClinicServer, startServer } from '../clinic/server.js'
import type { Visit } from '../clinic/visit.js'
import { Correspondent } from '../correspondent.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { flipped, grouped, shownName } from '../words.js'
import type { World } from '../world.js'
import { attackEnrolment, attackMailbox } from './clinic-attacks.js'
import type { People } from './keys.js'
import { includes } from './message-attacks.js'
import { type SentMessage, saysExactly } from './messages.js'

const words = 'Your results are in. Please call the ward this week.'

export async function visitClinic(
  stage: Stage,
  world: World,
  people: People,
  sent: SentMessage,
): Promise<void> {
  const data = join(world.folder, 'clinic')
  const server = await startServer(data, world.io)
  try {
    const visit = await enter(stage, world, people, server)
    await attackEnrolment(visit)
    await exchange(visit, people, sent)
    await checkAccesses(visit)
  } finally {
    await server.stop()
  }
  world.shelf.name({ name: 'clinic', about: "the data folder of the clinic's server" })
  await checkFolder(stage, people, data)
}

/** Doctor and patient bring the identities that they paired with. */
async function enter(stage: Stage, world: World, { pair }: People, server: ClinicServer): Promise<Visit> {
  const { clock, logKey } = await firstContact(stage, world, server)
  const device = (key: (typeof pair.doctor)['signingKey']): ClinicDevice =>
    new ClinicDevice(key, server, { clock, random: world.io.random })
  const [doctor, patient] = [device(pair.doctor.signingKey), device(pair.patient.signingKey)]
  const asDoctor = enrolled(await deliver(server, await doctor.enrolment(server.invitations.doctor)))
  const asPatient = enrolled(await deliver(server, await patient.enrolment(server.invitations.patient)))
  stage.check(
    'each link lets one device in, as what the link says, under the key that it signs with',
    asDoctor.text('role') === 'doctor' &&
      asPatient.text('role') === 'patient' &&
      asPatient.text('kid') === patient.kid,
  )
  return { stage, world, server, clock, logKey, doctor, patient, box: asPatient.text('mailbox') }
}

/** A device takes the time of the clinic, and remembers the key of its log. */
async function firstContact(
  stage: Stage,
  { io }: World,
  server: Address,
): Promise<Pick<Visit, 'clock' | 'logKey'>> {
  const about = JsonObject.parse((await deliver(server, unsigned('GET', '/v1/clinic'))).text)
  const aheadMs = about.count('now_ms') - io.clock.nowMs()
  stage.note(`chartseal-server runs as a process of its own: ${about.text('name')} at ${server.origin}`)
  const clock: Clock = { ...io.clock, nowMs: () => io.clock.nowMs() + aheadMs }
  return { clock, logKey: about.object('log').text('verifier_key') }
}

function enrolled({ code, text }: Reply): JsonObject {
  if (code !== 'accepted') throw new Error(`the clinic lets nobody in: ${code}`)
  return JsonObject.parse(text)
}

async function exchange(
  visit: Visit,
  { pair, doctorName, patient: about, trail }: People,
  { doctorRing }: SentMessage,
): Promise<void> {
  const { stage, world, doctor, box } = visit
  const names = {
    thread: 'clinic',
    sender: doctorName,
    recipient: shownName(about.name),
    patientId: about.id,
  }
  const writer = new Correspondent(pair.doctor, doctorRing, names, world.io)
  const reader = new Correspondent(pair.patient, pair.patientRing, names, world.io)
  const sealed = parseMessage(writer.seal({ mediaType: 'text/plain', content: encodeUtf8(words) }))
  const path = `/v1/mailboxes/${box}/${encodeBase64Url(world.io.random.bytes(16))}`
  const deposit = await doctor.signed('PUT', path, sealed)
  const first = await deliver(visit.server, deposit)
  await trail.record(doctorName, 'left a sealed message at the clinic', about.id)
  stage.note(`The doctor leaves ${grouped(sealed.length)} sealed bytes in the patient's mailbox`)
  const again = await doctor.ask('PUT', path, sealed)
  stage.check(
    'sent once more, as if the answer was lost: the same answer, and one message',
    first.code === 'accepted' && again.text === first.text,
  )
  await attackMailbox(visit, deposit)
  await fetchIt(visit, reader, path)
  await trail.record(about.name, 'opened a message from the clinic', about.id)
}

async function fetchIt(
  { stage, doctor, patient, box }: Visit,
  reader: Correspondent,
  path: string,
): Promise<void> {
  const list = async (): Promise<readonly JsonObject[]> =>
    JsonObject.parse((await patient.ask('GET', `/v1/mailboxes/${box}`)).text).objects('messages')
  const listed = await list()
  const [message] = listed
  const sealed = new Uint8Array(Buffer.from(present(message).text('body'), 'base64url'))
  await stage.attack('a message that the server has changed', 'open/failed', () =>
    reader.open(flipped(sealed)),
  )
  const opened = reader.receive(formatMessage(sealed))
  stage.check(
    'the patient finds one message, from the device that was paired, and opens it',
    listed.length === 1 && present(message).text('from') === doctor.kid && saysExactly(opened, words),
  )
  const before = await stateOf(doctor, path)
  const acknowledged = await patient.ask('DELETE', path)
  stage.check(
    'it is delivered when the patient has acknowledged it, not before, and the mailbox is empty',
    before === 'stored' &&
      acknowledged.code === 'accepted' &&
      (await stateOf(doctor, path)) === 'delivered' &&
      (await list()).length === 0,
  )
}

async function stateOf(sender: ClinicDevice, path: string): Promise<string> {
  return JsonObject.parse((await sender.ask('GET', path)).text).text('state')
}

/** What a thief of the machine has. */
async function checkFolder(stage: Stage, { patient, doctorName }: People, data: string): Promise<void> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  const contents = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))))
  const secrets = [words, doctorName, patient.name, patient.id].filter(text => text.length >= 8)
  const shows = contents.some(bytes => secrets.some(text => includes(bytes, encodeUtf8(text))))
  stage.check(
    "the server's folder holds neither the words nor the names of the two",
    !shows && files.length > 0,
  )
}

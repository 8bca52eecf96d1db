/** Part of a step: the patient reads who did what, and believes what is proven. */
import { clinicLeafRules, openAccessEntry } from '@chartseal/audit/access'
import { SigningKey } from '@chartseal/core/ed25519'
import { JsonObject } from '@chartseal/core/json'
import { ed25519Signer, httpSource, type NoteVerifier, parseVerifierKey, verifyLog } from '@chartseal/tlog'
import { present } from '../present.js'
import { flipped } from '../words.js'
import type { ClinicDevice } from './device.js'
import type { Visit } from './visit.js'

interface Access {
  readonly id: string
  readonly receipt: string
  readonly salt: Uint8Array
  readonly entry: Uint8Array
}

const acts = ['device-enrolled', 'message-stored', 'messages-given', 'message-acknowledged']

export async function checkAccesses(visit: Visit): Promise<void> {
  const { stage, server, patient, logKey } = visit
  const trust = { log: parseVerifierKey(logKey) }
  const accesses = await accessesOf(patient)
  const proven = accesses.map(access => openAccessEntry(access, trust))
  for (const { leaf, entry } of proven)
    stage.note(`${new Date(leaf.atMs).toISOString()}  ${whoIs(visit, entry.by)}: ${entry.act}`)
  stage.check(
    'the patient reads who did what with the message, and each entry is proven to be in the log',
    `${proven.map(({ entry }) => entry.act)}` === `${acts}`,
  )
  await attackAccesses(visit, accesses, trust.log)
  const { findings, checkpoint } = await verifyLog(httpSource(`${server.address}/log/`, fetch), {
    ...trust,
    rules: clinicLeafRules,
  })
  stage.check(
    'an outsider verifies the whole log over HTTP, and learns nothing but that it is one',
    findings.length === 0 && (checkpoint?.size ?? 0) > acts.length,
    findings[0]?.message ?? null,
  )
}

function whoIs({ doctor, patient }: Visit, kid: string): string {
  return kid === doctor.kid ? "the doctor's device" : kid === patient.kid ? "the patient's device" : kid
}

async function accessesOf(device: ClinicDevice): Promise<readonly Access[]> {
  const { text } = await device.ask('GET', '/v1/entries')
  const accesses: Access[] = []
  for (const one of JsonObject.parse(text).objects('entries')) {
    const bytes = (name: string): Uint8Array => new Uint8Array(Buffer.from(one.text(name), 'base64url'))
    const id = one.text('id')
    accesses.push({ id, receipt: await receiptOf(device, id), salt: bytes('salt'), entry: bytes('entry') })
  }
  return accesses
}

const mostTries = 100

/** The log publishes a checkpoint each second: until then there is no receipt. */
async function receiptOf(device: ClinicDevice, id: string): Promise<string> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const { code, text } = await device.ask('GET', `/v1/entries/${id}/receipt`)
    if (code === 'accepted') return text
    if (code !== 'entry/not-published') throw new Error(`the clinic gives no receipt: ${code}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the clinic gives no receipt')
}

/** By whoever runs the server, and by whoever asks for what is not theirs. */
async function attackAccesses(
  { stage, world, doctor }: Visit,
  accesses: readonly Access[],
  log: NoteVerifier,
): Promise<void> {
  const [enrolment, stored] = [present(accesses[0]), present(accesses[1])]
  await stage.attack('an entry that says something else, under its receipt', 'audit/bad-receipt', () =>
    openAccessEntry({ ...stored, entry: flipped(stored.entry) }, { log }),
  )
  await stage.attack('the receipt of another entry', 'audit/bad-receipt', () =>
    openAccessEntry({ ...stored, receipt: enrolment.receipt }, { log }),
  )
  await stage.attack('a receipt from a log under another key', 'note/unsigned', () => {
    const signer = ed25519Signer(log.name, SigningKey.generate(world.io.random))
    return openAccessEntry(stored, { log: parseVerifierKey(signer.verifierKey) })
  })
  const { code } = await doctor.ask('GET', `/v1/entries/${enrolment.id}/receipt`)
  stage.answer("the doctor asks for a receipt that is the patient's alone", 'entry/missing', code)
}

/** Step: the patient shares bundle and image, version 2: encrypted once, read in part, granted, and taken back. */

import { equal } from '@chartseal/core/bytes'
import {
  advancePin,
  formatIdentityKey,
  grantAccess,
  limits,
  openGrant,
  openPayloadReader,
  type RevocationStatement,
  reEncrypt,
  shareRecord,
  takeBackAccess,
} from '@chartseal/ipfs-envelope'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { grouped, listed } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'
import { attackRecords } from './record-attacks.js'
import {
  contentFor,
  type Desk,
  identityIn,
  type Name,
  openDesk,
  pinOf,
  recipientIn,
  type Shared,
} from './record-desk.js'

export async function shareRecords(stage: Stage, world: World, clinic: People): Promise<void> {
  const desk = await openDesk(world)
  const { bundle, image } = world.input
  const type = 'application/fhir+json'
  const sharedBundle = await share(stage, desk, { what: 'bundle', content: bundle.bytes, type })
  const sharedImage = await share(stage, desk, { what: 'image', content: image, type: 'application/dicom' })
  await readPart(stage, desk, sharedImage)
  const granted = await grantPharmacist(stage, desk, sharedBundle)
  const { patient, trail } = clinic
  await trail.record(patient.name, 'shared bundle and image', patient.id)
  await attackRecords(stage, desk, granted, sharedImage)
  const last = await takeBack(stage, desk, granted)
  await keep(world, desk, last)
  await trail.record(patient.name, 'took the bundle back from the pharmacist', patient.id)
}

async function share(
  stage: Stage,
  desk: Desk,
  { what, content, type }: { readonly what: string; readonly content: Uint8Array; readonly type: string },
): Promise<Shared> {
  const header = {
    ...{ name: what, mediaType: type, sizeBytes: content.length, createdMs: desk.nowMs },
    labels: ['http://terminology.hl7.org/CodeSystem/v3-Confidentiality|N'],
  }
  const recipients = [recipientIn(desk, 'patient'), recipientIn(desk, 'doctor')]
  const list = await shareRecord(desk.ports, desk.owner, { header, content, recipients })
  stage.note(`The ${what}, ${grouped(content.length)} bytes, is stored encrypted as ${list.payloadCid}`)
  await checkReaders(stage, desk, ['patient', 'doctor'], { what, content, list })
  return { what, content, list }
}

async function checkReaders(
  stage: Stage,
  desk: Desk,
  readers: readonly Name[],
  shared: Shared,
): Promise<void> {
  const opened = await Promise.all(readers.map(name => contentFor(desk, name, shared.list)))
  stage.check(
    `${listed(readers)} open${readers.length === 1 ? 's' : ''} the ${shared.what}, byte for byte`,
    opened.every(bytes => equal(bytes, shared.content)),
  )
}

async function readPart(stage: Stage, desk: Desk, { content, list }: Shared): Promise<void> {
  const options = { pin: pinOf(desk, list), nowMs: desk.nowMs }
  using key = await openGrant(list, identityIn(desk, 'doctor'), options)
  const reader = await openPayloadReader(key, list, await desk.ports.blobs.range(list.payloadCid))
  const [from, to] = [
    Math.floor(content.length / 2),
    Math.min(content.length, Math.floor(content.length / 2) + 64),
  ]
  stage.check(
    `the doctor reads ${to - from} bytes from the middle of the image without the rest`,
    equal(await reader.read(from, to), content.subarray(from, to)),
  )
}

async function grantPharmacist(stage: Stage, desk: Desk, shared: Shared): Promise<Shared> {
  const { packageId, payloadCid } = shared.list
  const pharmacist = recipientIn(desk, 'pharmacist')
  const list = await grantAccess(desk.ports, desk.owner, identityIn(desk, 'patient'), packageId, [pharmacist])
  stage.check('the pharmacist is added, and what is stored stays as it is', list.payloadCid === payloadCid)
  await checkReaders(stage, desk, ['pharmacist'], { ...shared, list })
  const old = { ...pinOf(desk, list), newest: null }
  const pin = advancePin(old, list)
  await stage.attack('the list before, shown to who has seen this one', 'grants/older', () =>
    openGrant(shared.list, identityIn(desk, 'doctor'), { pin, nowMs: desk.nowMs }),
  )
  return { ...shared, list }
}

/** Two steps of the ladder; what each does not achieve is part of the story. */
async function takeBack(stage: Stage, desk: Desk, shared: Shared): Promise<Shared> {
  const { ports, owner } = desk
  const pharmacist = recipientIn(desk, 'pharmacist')
  const regranted = await takeBackAccess(ports, owner, shared.list.packageId, [pharmacist])
  stage.note(
    `The patient makes a list without the pharmacist. ${missing(regranted.statement, 'old-list-kept')}`,
  )
  await stage.attack('the pharmacist, with the new list', 'open/failed', () =>
    contentFor(desk, 'pharmacist', regranted.list),
  )
  await checkReaders(stage, desk, ['pharmacist'], {
    ...shared,
    what: 'bundle by the old list, which was kept',
  })
  const keep = [recipientIn(desk, 'patient'), recipientIn(desk, 'doctor')]
  const request = { from: regranted.list, keep, history: false }
  const rekeyed = await reEncrypt(ports, owner, identityIn(desk, 'patient'), request)
  stage.note(
    `It is encrypted again, as ${rekeyed.list.payloadCid}. ${missing(rekeyed.statement, 'content-already-read')}`,
  )
  const last = { ...shared, list: rekeyed.list }
  await checkReaders(stage, desk, ['patient', 'doctor'], { ...last, what: 'new bundle' })
  await stage.attack('the pharmacist, with the list of the new one', 'open/failed', () =>
    contentFor(desk, 'pharmacist', rekeyed.list),
  )
  await stage.attack('the pharmacist, with the list that was kept', 'envelope/blob-not-found', () =>
    contentFor(desk, 'pharmacist', shared.list),
  )
  return last
}

/** What this step does not achieve, in its own words. */
function missing({ doesNotAchieve }: RevocationStatement, code: keyof typeof limits): string {
  return doesNotAchieve.includes(code) ? limits[code] : `${code} is not among its limits`
}

async function keep({ shelf }: World, { keys }: Desk, { list }: Shared): Promise<void> {
  shelf.name({ name: 'blobs', about: 'the store of bundle and image, encrypted' })
  await shelf.put(
    { name: 'doctor.id', about: "the doctor's key of shared records" },
    `${formatIdentityKey(present(keys.get('doctor')))}\n`,
  )
  await shelf.put(
    {
      name: 'bundle.grants',
      about: 'who opens the bundle, after the pharmacist was left out',
      look: 'envelope get --store ./blobs --identity ./doctor.id --any-owner ./bundle.grants',
    },
    list.bytes,
  )
}

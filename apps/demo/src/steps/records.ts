/** Step: the whole bundle and the image go into a blob store, for three recipients. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equal } from '@chartseal/core/bytes'
import { JsonObject } from '@chartseal/core/json'
import type { BlobStore } from '@chartseal/core/ports'
import { openFolderBlobStore } from '@chartseal/ipfs-envelope/fs'
import {
  type EnvelopePackage,
  formatPackage,
  getEnvelope,
  type Identity,
  packageFrom,
  parsePackage,
  putEnvelope,
  type Recipient,
  revokeAccess,
  rsaIdentity,
  rsaRecipient,
} from '@chartseal/ipfs-envelope/v1'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { flipped, grouped, listed } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'

type Name = 'doctor' | 'patient' | 'pharmacist'
const names: readonly Name[] = ['doctor', 'patient', 'pharmacist']

interface Desk {
  readonly store: BlobStore
  readonly folder: string
  readonly recipients: readonly Recipient[]
  readonly identities: ReadonlyMap<string, Identity>
  /** The stranger's key, which tries every entry. */
  readonly stranger: Identity
  /** The pharmacist's key without its name, which tries every entry. */
  readonly nameless: Identity
}

export async function shareRecords(stage: Stage, world: World, clinic: People): Promise<void> {
  const desk = await openDesk(world, clinic)
  const { bundle, image } = world.input
  const bundlePackage = await share(stage, world, desk, 'bundle', bundle.bytes)
  const imagePackage = await share(stage, world, desk, 'image', image)
  await clinic.trail.record(
    clinic.doctorName,
    'shared bundle and image with three recipients',
    clinic.patient.id,
  )
  await attackPackages(stage, desk, bundlePackage, imagePackage)
  const fresh = await revoke(stage, world, desk, bundlePackage)
  await keep(world, clinic, fresh)
  await clinic.trail.record(clinic.doctorName, 'took the bundle back from the pharmacist', clinic.patient.id)
}

async function keep({ shelf }: World, { rsa }: People, fresh: EnvelopePackage): Promise<void> {
  shelf.name({ name: 'blobs', about: 'the store of bundle and image, encrypted' })
  await shelf.put(
    { name: 'doctor.pem', about: "the doctor's key of shared records" },
    rsa.doctor.privateKeyPem,
  )
  await shelf.put(
    {
      name: 'bundle.json',
      about: 'who opens the bundle, after the pharmacist was revoked',
      look: 'envelope get --store ./blobs --private-key ./doctor.pem ./bundle.json',
    },
    formatPackage(fresh),
  )
}

async function openDesk(world: World, { rsa }: People): Promise<Desk> {
  const folder = join(world.folder, 'blobs')
  const identities = new Map<string, Identity>()
  const recipients: Recipient[] = []
  for (const name of names) {
    identities.set(name, await rsaIdentity(rsa[name].privateKeyPem, { recipientId: name }))
    recipients.push(await rsaRecipient(name, rsa[name].publicKeyPem))
  }
  return {
    store: await openFolderBlobStore(folder),
    folder,
    recipients,
    identities,
    stranger: await rsaIdentity(rsa.stranger.privateKeyPem),
    nameless: await rsaIdentity(rsa.pharmacist.privateKeyPem),
  }
}

function identityOf({ identities }: Desk, name: Name): Identity {
  return present(identities.get(name))
}

async function share(
  stage: Stage,
  world: World,
  desk: Desk,
  what: string,
  content: Uint8Array,
): Promise<EnvelopePackage> {
  const sealed = await putEnvelope(desk.store, content, desk.recipients, { random: world.io.random })
  stage.note(`The ${what}, ${grouped(content.length)} bytes, is stored encrypted as ${sealed.cid}`)
  const received = parsePackage(formatPackage(sealed))
  await checkReaders(stage, desk, names, { what, content, received })
  return received
}

interface Sharing {
  readonly what: string
  readonly content: Uint8Array
  readonly received: EnvelopePackage
}

async function checkReaders(
  stage: Stage,
  desk: Desk,
  readers: readonly Name[],
  sharing: Sharing,
): Promise<void> {
  const { what, content, received } = sharing
  const opened = await Promise.all(
    readers.map(name => getEnvelope(desk.store, received, identityOf(desk, name))),
  )
  stage.check(
    `${listed(readers)} open the ${what}, byte for byte`,
    opened.every(bytes => equal(bytes, content)),
  )
}

async function attackPackages(
  stage: Stage,
  desk: Desk,
  bundle: EnvelopePackage,
  image: EnvelopePackage,
): Promise<void> {
  const doctor = identityOf(desk, 'doctor')
  const get = (forged: EnvelopePackage, identity = doctor): Promise<Uint8Array> =>
    getEnvelope(desk.store, forged, identity)
  await stage.attack("a stranger's key", 'open/failed', () => get(image, desk.stranger))
  await stage.attack('one flipped bit in each stored block', 'envelope/cid-mismatch', () =>
    withDamagedBlobs(desk, () => get(image)),
  )
  await stage.attack("a forged package: the image's keys for the bundle's content", 'open/failed', () =>
    get({ ...image, cid: bundle.cid }),
  )
  await stage.attack('a forged package: another nonce', 'open/failed', () =>
    get({ ...image, nonce: flipped(image.nonce) }),
  )
  await stage.attack('a forged package: one flipped bit in each wrapped key', 'open/failed', () => {
    const encKeys = image.encKeys.map(key => ({ ...key, wrapped: flipped(key.wrapped) }))
    return get({ ...image, encKeys })
  })
  await stage.attack('a package with a field that nothing authenticates', 'envelope/unknown-field', () =>
    packageFrom(new JsonObject({ ...JSON.parse(formatPackage(image)), sender: 'Dr. Ada Okafor' })),
  )
}

/** Damages the files of the store, runs `attempt`, and repairs them. */
async function withDamagedBlobs(desk: Desk, attempt: () => Promise<unknown>): Promise<void> {
  const entries = await readdir(desk.folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const contents = await Promise.all(paths.map(path => readFile(path)))
  const writeAll = (change: (bytes: Uint8Array) => Uint8Array): Promise<unknown> =>
    Promise.all(paths.map((path, i) => writeFile(path, change(contents[i] ?? Buffer.alloc(0)))))
  await writeAll(flipped)
  try {
    await attempt()
  } finally {
    await writeAll(bytes => bytes)
  }
}

async function revoke(
  stage: Stage,
  world: World,
  desk: Desk,
  bundle: EnvelopePackage,
): Promise<EnvelopePackage> {
  const { store, recipients } = desk
  const fresh = await revokeAccess({
    store,
    package: bundle,
    identity: identityOf(desk, 'doctor'),
    keep: recipients.filter(({ id }) => id !== 'pharmacist'),
    save: async () => undefined,
    random: world.io.random,
  })
  stage.note(`The pharmacist is revoked: the bundle is encrypted again, as ${fresh.cid}`)
  const content = world.input.bundle.bytes
  await checkReaders(stage, desk, ['doctor', 'patient'], { what: 'new bundle', content, received: fresh })
  stage.check('the old ciphertext is gone from the store', !(await store.has(bundle.cid)))
  const pharmacist = identityOf(desk, 'pharmacist')
  await stage.attack('the revoked pharmacist, by name', 'envelope/unknown-recipient', () =>
    getEnvelope(store, fresh, pharmacist),
  )
  await stage.attack('the revoked pharmacist, trying every key', 'open/failed', () =>
    getEnvelope(store, fresh, desk.nameless),
  )
  await stage.attack('the revoked pharmacist, with the old package', 'envelope/blob-not-found', () =>
    getEnvelope(store, bundle, pharmacist),
  )
  return fresh
}

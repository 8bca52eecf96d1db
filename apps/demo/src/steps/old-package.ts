/** A package of the published design: RSA keys, names in clear, and nobody's signature. */
import { equal } from '@chartseal/core/bytes'
import { JsonObject } from '@chartseal/core/json'
import {
  type EnvelopePackage,
  formatPackage,
  getEnvelope,
  type Identity,
  memoryBlobStore,
  packageFrom,
  parsePackage,
  putEnvelope,
  rsaIdentity,
  rsaRecipient,
} from '@chartseal/ipfs-envelope/v1'
import type { Stage } from '../story.js'
import { flipped } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'

type Get = (envelope: EnvelopePackage, identity?: Identity) => Promise<Uint8Array>

export async function readOldPackage(stage: Stage, { input, io }: World, { rsa }: People): Promise<void> {
  const store = memoryBlobStore()
  const doctor = await rsaIdentity(rsa.doctor.privateKeyPem, { recipientId: 'doctor' })
  const recipient = await rsaRecipient('doctor', rsa.doctor.publicKeyPem)
  const sealed = await putEnvelope(store, input.image, [recipient], { random: io.random })
  const received = parsePackage(formatPackage(sealed))
  const get: Get = (envelope, identity = doctor) => getEnvelope(store, envelope, identity)
  stage.check('a package of version 1 opens, byte for byte', equal(await get(received), input.image))
  const stranger = await rsaIdentity(rsa.stranger.privateKeyPem)
  await attackOldPackage(stage, received, get, stranger)
}

async function attackOldPackage(
  stage: Stage,
  received: EnvelopePackage,
  get: Get,
  stranger: Identity,
): Promise<void> {
  await stage.attack("its content with a stranger's key", 'open/failed', () => get(received, stranger))
  await stage.attack('another nonce in it', 'open/failed', () =>
    get({ ...received, nonce: flipped(received.nonce) }),
  )
  await stage.attack('a field in it that nothing authenticates', 'envelope/unknown-field', () =>
    packageFrom(new JsonObject({ ...JSON.parse(formatPackage(received)), sender: 'Dr. Ada Okafor' })),
  )
}

/** Part of a step: the image goes out as a stream. */
import { equal, ownBuffer } from '@chartseal/core/bytes'
import type { ByteTransform } from '@chartseal/core/chunked'
import {
  type AttachmentInfo,
  type AttachmentOpening,
  type Binding,
  openAttachment,
  sealAttachment,
} from '@chartseal/wire'
import type { Inbox, Outbox } from '../mailbox.js'
import type { Stage } from '../story.js'
import { flipped, grouped } from '../words.js'
import type { World } from '../world.js'
import type { Clinic } from './keys.js'

interface Thread {
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly binding: Binding
}

export async function sendImage(
  stage: Stage,
  { io, input }: World,
  { doctorName, patient, trail }: Clinic,
  { outbox, inbox, binding }: Thread,
): Promise<void> {
  const { image } = input
  const info: AttachmentInfo = {
    mediaType: 'application/dicom',
    sizeBytes: image.length,
    sentAtMs: io.clock.nowMs(),
    fileName: 'image.dcm',
  }
  const sealing = outbox.takeKey(image.length)
  const sealed = await through(image, sealAttachment(sealing, binding, info, io.random))
  sealing.key.wipe()
  await trail.record(doctorName, 'sealed the image', patient.id)
  const opening = openingOf(inbox, binding)
  const opened = await through(sealed, opening.stream)
  const { fileName, mediaType, kid, counter } = opening.opened()
  const named = fileName === info.fileName && mediaType === info.mediaType
  stage.check(
    `the image, ${grouped(image.length)} bytes, sealed and opened as a stream: the same bytes and name`,
    equal(opened, image) && named && inbox.accept({ kid, counter }) === 'fresh',
  )
  await attackImage(stage, inbox, binding, sealed)
}

async function attackImage(stage: Stage, inbox: Inbox, binding: Binding, sealed: Uint8Array): Promise<void> {
  const open = (bytes: Uint8Array, bound = binding): Promise<Uint8Array> =>
    through(bytes, openingOf(inbox, bound).stream)
  await stage.attack('an image whose last chunk never came', 'chunked/truncated', () =>
    open(sealed.subarray(0, withoutLastChunk(sealed.length))),
  )
  await stage.attack('one flipped bit in the image', 'open/failed', () => open(flipped(sealed)))
  await stage.attack("the image in another patient's record", 'open/failed', () =>
    open(sealed, { ...binding, patientId: 'another-patient' }),
  )
}

const openingOf = (inbox: Inbox, binding: Binding): AttachmentOpening =>
  openAttachment(({ kid }) => inbox.keyOf(kid), binding)

// docs/spec/wire-v2.md: 19 bytes of header, 56 of salt and commitment, then chunks of 16,400.
function withoutLastChunk(sizeBytes: number): number {
  const frontBytes = 19 + 56
  return frontBytes + Math.floor((sizeBytes - frontBytes - 1) / 16_400) * 16_400
}

async function through(bytes: Uint8Array, stream: ByteTransform): Promise<Uint8Array> {
  const source = new Blob([ownBuffer(bytes)]).stream()
  return new Uint8Array(await new Response(source.pipeThrough(stream)).arrayBuffer())
}

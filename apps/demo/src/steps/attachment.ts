/** Part of a step: the image goes out as a stream. */
import { equal, ownBuffer } from '@chartseal/core/bytes'
import type { ByteTransform } from '@chartseal/core/chunked'
import { type AttachmentInfo, sealAttachment } from '@chartseal/wire'
import type { Correspondent } from '../correspondent.js'
import type { Stage } from '../story.js'
import { flipped, grouped } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'

interface Thread {
  readonly sender: Correspondent
  readonly receiver: Correspondent
}

export async function sendImage(
  stage: Stage,
  { io, input }: World,
  { doctorName, patient, trail }: People,
  { sender, receiver }: Thread,
): Promise<void> {
  const { image } = input
  const info: AttachmentInfo = {
    mediaType: 'application/dicom',
    sizeBytes: image.length,
    sentAtMs: io.clock.nowMs(),
    fileName: 'image.dcm',
  }
  const { key, binding } = sender.takeKey(image.length)
  const sealed = await through(image, sealAttachment(key, binding, info, io.random))
  key.key.wipe()
  await trail.record(doctorName, 'sealed the image', patient.id)
  const opening = receiver.opening()
  const opened = await through(sealed, opening.stream)
  const about = opening.opened()
  const { fileName, mediaType } = about
  const named = fileName === info.fileName && mediaType === info.mediaType
  stage.check(
    `the image, ${grouped(image.length)} bytes, sealed and opened as a stream: the same bytes and name`,
    equal(opened, image) && named && receiver.accept(about),
  )
  await attackImage(stage, receiver, sealed)
}

async function attackImage(stage: Stage, receiver: Correspondent, sealed: Uint8Array): Promise<void> {
  const open = (bytes: Uint8Array, by = receiver): Promise<Uint8Array> => through(bytes, by.opening().stream)
  await stage.attack('an image whose last chunk never came', 'chunked/truncated', () =>
    open(sealed.subarray(0, withoutLastChunk(sealed.length))),
  )
  await stage.attack('one flipped bit in the image', 'open/failed', () => open(flipped(sealed)))
  await stage.attack("the image in another patient's record", 'open/failed', () =>
    open(sealed, receiver.named({ patientId: 'another-patient' })),
  )
}

// docs/spec/wire-v2.md: 19 bytes of header, 56 of salt and commitment, then chunks of 16,400.
function withoutLastChunk(sizeBytes: number): number {
  const frontBytes = 19 + 56
  return frontBytes + Math.floor((sizeBytes - frontBytes - 1) / 16_400) * 16_400
}

async function through(bytes: Uint8Array, stream: ByteTransform): Promise<Uint8Array> {
  const source = new Blob([ownBuffer(bytes)]).stream()
  return new Uint8Array(await new Response(source.pipeThrough(stream)).arrayBuffer())
}

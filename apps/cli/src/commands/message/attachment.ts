/** Attachments: messages of any size, from file to file, in memory that does not grow. */
import { type FileHandle, open } from 'node:fs/promises'
import { type AttachmentKey, acceptAttachment, attachmentKey, takeNextKey } from '@chartseal/clinic'
import { type DeviceFolder, withDeviceFolder } from '@chartseal/clinic/fs'
import { through } from '@chartseal/core/chunked'
import { toJsonText } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import {
  type AttachmentOpening,
  type Header,
  type OpenedAttachment,
  openAttachment,
  readFront,
  sealAttachment,
} from '@chartseal/wire'
import { fileStream, pour } from '../../io/envelope/content.js'
import { UsageError } from '../../io/errors.js'
import { fileProblem, fileSize, inFile, pathOf } from '../../io/files.js'
import { type Io, write } from '../../io/io.js'
import { type Staged, stageFile } from '../../io/output.js'
import { folderOptions } from '../../io/ring.js'
import { type MessageOptions, namingBinding, threadOptions } from './options.js'
import { noteAbout, type OpenOptions, publish } from './publish.js'

const frontBytes = 19

export interface SealAttachmentOptions extends MessageOptions {
  readonly type?: string
  readonly name?: string
}

/** Whether this is a file that begins like a message in bytes. */
export async function isAttachment(io: Io, file: string): Promise<boolean> {
  if (file === '-') return false
  const [version, suite] = await frontOf(io, file, 2)
  return version === 2 && suite === 1
}

async function frontOf(io: Io, file: string, sizeBytes: number): Promise<Uint8Array> {
  try {
    await using handle = await open(pathOf(io, file), 'r')
    const { buffer, bytesRead } = await handle.read(new Uint8Array(sizeBytes), 0, sizeBytes, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    throw fileProblem('read', file, error)
  }
}

/** The counter is spent and stored before anything is sealed under it. */
export async function sealAttachmentFile(
  io: Io,
  folder: string,
  file: string,
  options: SealAttachmentOptions,
): Promise<void> {
  const out = requireOut(options)
  const sizeBytes = await sizeOf(io, file)
  const { type: mediaType = 'application/octet-stream', name } = options
  const fields = { mediaType, sizeBytes, sentAtMs: io.clock.nowMs() }
  const info = name === undefined ? fields : { ...fields, fileName: name }
  await withDeviceFolder(await folderOptions(io, folder, options), async place => {
    const { key, binding } = await place.change(device =>
      takeNextKey(device, sizeBytes, threadOptions(options), io),
    )
    try {
      const sealing = sealAttachment(key, binding, info, io.random)
      const staged = await stageFile(io, out, { force: options.force ?? false, secret: true }, into =>
        pour(through(fileStream(io, file), sealing), into),
      )
      await published(staged)
    } finally {
      key.key.wipe()
    }
  })
  await report(io, options, { out, size_bytes: sizeBytes, type: mediaType, name: name ?? null })
}

async function published(staged: Staged): Promise<void> {
  try {
    await staged.publish()
  } catch (error) {
    await staged.discard()
    throw error
  }
}

/** Written where nobody looks, then counted as opened, then put in its place. */
export async function openAttachmentFile(
  io: Io,
  folder: string,
  file: string,
  options: OpenOptions,
): Promise<void> {
  const out = requireOut(options)
  const front = await frontOf(io, file, frontBytes)
  const header = await inFile(file, () => readFront(front))
  await withDeviceFolder(await folderOptions(io, folder, options), async place => {
    const found = await keyOf(io, place, header, options)
    const opening = openAttachment(() => found)
    const staged = await stageFile(io, out, { force: options.force ?? false, secret: true }, into =>
      pourOpened(io, file, opening, into, options),
    ).finally(() => found.key.wipe())
    const before = await accepted(io, place, header, staged, options)
    await noteAbout(io, { before, sealedBy: found.sealedBy })
    await publish(io, place, header, staged)
    await report(io, options, answerOf(out, opening.opened(), found.sealedBy))
  })
}

const keyOf = (io: Io, place: DeviceFolder, header: Header, options: OpenOptions): Promise<AttachmentKey> =>
  place.change(device => ({
    result: attachmentKey(device, header, threadOptions(options), io),
    device: null,
  }))

async function accepted(
  io: Io,
  place: DeviceFolder,
  header: Header,
  staged: Staged,
  options: OpenOptions,
): ReturnType<typeof place.change<ReturnType<typeof acceptAttachment>['result']>> {
  const thread = { ...threadOptions(options), again: options.again ?? false }
  try {
    return await place.change(device => acceptAttachment(device, header, thread, io))
  } catch (error) {
    await staged.discard()
    throw error
  }
}

async function pourOpened(
  io: Io,
  file: string,
  opening: AttachmentOpening,
  into: FileHandle,
  options: OpenOptions,
): Promise<void> {
  try {
    await pour(through(fileStream(io, file), opening.stream), into)
  } catch (error) {
    throw namingBinding(error, options)
  }
}

/** @throws UsageError */
function requireOut({ out }: MessageOptions): string {
  if (out === undefined || out === '-')
    throw new UsageError('an attachment is written to a file: give --out FILE')
  return out
}

/** @throws UsageError */
function sizeOf(io: Io, file: string): Promise<number> {
  if (file === '-') throw new UsageError('an attachment is read from a file, whose size is known')
  return fileSize(io, file)
}

interface Report {
  readonly [field: string]: string | number | bigint | boolean | null
  readonly out: string
  readonly size_bytes: number
  readonly type: string
  readonly name: string | null
}

function answerOf(
  out: string,
  { sizeBytes, mediaType, fileName, sentAtMs, counter }: OpenedAttachment,
  sealedBy: 'own' | 'peer',
): Report {
  const about = { out, size_bytes: sizeBytes, type: mediaType, name: fileName ?? null }
  return { ...about, sent_at_ms: sentAtMs, counter, sealed_by: sealedBy }
}

function report(io: Io, { json = false }: MessageOptions, answer: Report): Promise<void> {
  const { out, size_bytes: sizeBytes, type, name } = answer
  const named = name === null ? '' : `, named ${quoted(name)}`
  const text = `${out}: ${sizeBytes} bytes of ${quoted(type)}${named}`
  return write(io.stdout, `${json ? toJsonText(answer) : text}\n`)
}

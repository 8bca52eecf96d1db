import { type Change, type Device, type OpenedOnce, openOnce } from '@chartseal/clinic'
import { type DeviceFolder, withDeviceFolder } from '@chartseal/clinic/fs'
import { encodeBase64 } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import type { Command } from 'commander'
import { describeCommand, outputOf, refuseBytesOnTerminal, stageResult, textOf } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import type { Staged } from '../../io/output.js'
import { folderOptions } from '../../io/ring.js'
import { isAttachment, openAttachmentFile } from './attachment.js'
import { messageIn, naming, ringFolder, threadOptions, withMessageOptions } from './options.js'
import { noteAbout, type OpenOptions, publish } from './publish.js'
import { openV1 } from './v1.js'

export function openCommand(io: Io): Command {
  const command = describeCommand(
    'open',
    'Open a sealed message, once; parts of it in any order',
    'chartseal message open --ring rosa-okafor --patient PAT-12345 note.sealed',
    'chartseal message open --ring rosa-okafor --patient PAT-12345 --out ct.dcm ct.sealed',
    'chartseal message open --v1 --key-file month.key note.sealed',
  )
  return withMessageOptions(command)
    .option('--again', 'show a message once more that was opened before')
    .option('--lenient', 'with --v1: read base64 as laxly as the seed did, for archives')
    .argument('[files...]', 'the message or its parts, as they were pasted, or an attachment; - is stdin', [
      '-',
    ])
    .action(async (files: readonly string[], options: OpenOptions) => {
      const [first = '-', ...others] = files
      // What --out will refuse is refused before anything counts as opened.
      if (options.v1 === true) return openV1(io, first, options)
      const folder = ringFolder(options)
      if (others.length === 0 && (await isAttachment(io, first)))
        return openAttachmentFile(io, folder, first, options)
      await openText(io, folder, await messageIn(io, files), options)
    })
}

/**
 * Staged, then counted as opened, then put in its place, then acknowledged: whatever fails or is killed, the message
 * can be opened again until its content is where it was asked for.
 */
async function openText(io: Io, folder: string, message: Uint8Array, options: OpenOptions): Promise<void> {
  await withDeviceFolder(await folderOptions(io, folder, options), async place => {
    const { opened, staged } = await openStaged(io, place, message, options)
    await noteAbout(io, opened)
    await publish(io, place, opened, staged)
  })
}

interface OpenedAndStaged {
  readonly opened: OpenedOnce
  readonly staged: Staged
}

async function openStaged(
  io: Io,
  place: DeviceFolder,
  message: Uint8Array,
  options: OpenOptions,
): Promise<OpenedAndStaged> {
  const begun: Staged[] = []
  try {
    return await place.change(async device => {
      const { result: opened, device: after } = openNamed(io, device, message, options)
      refuseBytesOnTerminal(io, options, opened.body.content)
      const staged = await stageResult(io, options, outputOf(options, resultOf(opened)))
      begun.push(staged)
      return { result: { opened, staged }, device: after }
    })
  } catch (error) {
    for (const staged of begun) await staged.discard()
    throw error
  }
}

function openNamed(io: Io, device: Device, message: Uint8Array, options: OpenOptions): Change<OpenedOnce> {
  const thread = { ...threadOptions(options), again: options.again ?? false }
  return naming(options, () => openOnce(device, message, thread, io))
}

function resultOf(opened: OpenedOnce): { readonly text: string | Uint8Array; readonly answer: Answer } {
  const { content } = opened.body
  const text = textOf(content)
  const about = answerOf(opened)
  const answer =
    text === null ? { content_base64: encodeBase64(content), ...about } : { content: text, ...about }
  return { text: text ?? content, answer }
}

function answerOf({ body, counter, sealedBy, before }: OpenedOnce): Answer {
  const { mediaType, fileName, sentAtMs } = body
  return {
    type: mediaType,
    name: fileName ?? null,
    sent_at_ms: sentAtMs,
    counter,
    sealed_by: sealedBy,
    opened_before: before !== 'no',
  }
}

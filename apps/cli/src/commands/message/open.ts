import type { Change, Device } from '@chartseal/clinic'
import { clinicError } from '@chartseal/clinic'
import { decodeUtf8, encodeBase64, encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { type ReadingKey, readingKey } from '@chartseal/kdf-keyring'
import {
  advanceWindow,
  emptyWindow,
  judgeCounter,
  type OpenedMessage,
  openMessage,
  readHeader,
} from '@chartseal/wire'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { inFolder, ringNow } from '../../io/ring.js'
import { bindingOf, type MessageOptions, ringFolder, withMessageOptions } from './options.js'
import { textsIn, wholeMessage } from './texts.js'
import { openV1 } from './v1.js'

interface OpenOptions extends MessageOptions {
  readonly lenient?: boolean
}

export function openCommand(io: Io): Command {
  const command = describeCommand(
    'open',
    'Open a sealed message, once; parts of it in any order',
    'chartseal message open --ring rosa-okafor --patient PAT-12345 note.sealed',
    'chartseal message open --v1 --key-file month.key note.sealed',
  )
  return withMessageOptions(command)
    .option('--lenient', 'with --v1: read base64 as laxly as the seed did, for archives')
    .argument('[files...]', 'the message or its parts, one a line; - is stdin', ['-'])
    .action(async (files: readonly string[], options: OpenOptions) => {
      if (options.v1 === true) return openV1(io, files[0] ?? '-', options)
      const folder = ringFolder(options)
      const texts = textsIn((await Promise.all(files.map(file => readText(io, file)))).join('\n'))
      if (texts[0]?.startsWith('[MEDCRYPT') === true) {
        throw clinicError('thread/other-version', { hint: 'Open it with --v1 and its key.' })
      }
      const message = wholeMessage(texts)
      const opened = await inFolder(io, folder, options, before => openStep(io, before, message, options))
      const { body, counter, side } = opened
      const text = textOf(body.content)
      await finish(io, options, {
        text: text ?? body.content,
        answer: toAnswer(body, text, counter, side),
        secret: true,
      })
    })
}

type Opened = OpenedMessage & { readonly side: 'own' | 'peer' }

/** The window moves after the message was authenticated, and is stored before the content is shown. */
function openStep(io: Io, before: Device, message: Uint8Array, options: OpenOptions): Change<Opened> {
  const ring = ringNow(io, before, options)
  const { kid } = readHeader(message)
  const reading = readingKey(ring, kid)
  try {
    const { side } = reading.sender
    const opened = openMessage(reading.key, message, bindingOf(options, ring, side))
    refuseTerminal(io, options, opened.body.content)
    const windows = moved(before, kid, reading, opened.counter)
    return { result: { ...opened, side }, device: { ...before, ring, windows } }
  } finally {
    reading.key.wipe()
  }
}

/** @throws ChartsealError `thread/replayed`, `thread/too-old` */
function moved(
  { windows }: Device,
  kid: Uint8Array,
  { epoch }: ReadingKey,
  counter: bigint,
): Device['windows'] {
  const name = encodeHex(kid)
  const window = windows.get(name)?.window ?? emptyWindow
  const verdict = judgeCounter(window, counter)
  if (verdict === 'replayed') throw clinicError('thread/replayed', {})
  if (verdict === 'too-old') throw clinicError('thread/too-old', {})
  return new Map([...windows, [name, { epoch, window: advanceWindow(window, counter) }]])
}

/** `null` for bytes that are no UTF-8. */
function textOf(content: Uint8Array): string | null {
  try {
    return decodeUtf8(content)
  } catch {
    return null
  }
}

// Bytes of any kind could steer a terminal. Refused before the window moves: the message can still be opened.
function refuseTerminal(io: Io, { out, json }: OpenOptions, content: Uint8Array): void {
  if (io.isTerminal.stdout && out === undefined && json !== true && textOf(content) === null) {
    throw new UsageError('the content is not text: give --out FILE')
  }
}

function toAnswer(
  { mediaType, content, fileName, sentAtMs }: OpenedMessage['body'],
  text: string | null,
  counter: bigint,
  side: 'own' | 'peer',
): Answer {
  const told = { type: mediaType, name: fileName ?? null, sent_at_ms: sentAtMs, counter, sealed_by: side }
  return text === null ? { content_base64: encodeBase64(content), ...told } : { content: text, ...told }
}

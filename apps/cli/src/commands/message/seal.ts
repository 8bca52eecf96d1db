import type { Device } from '@chartseal/clinic'
import { takeSealingKey } from '@chartseal/kdf-keyring'
import { type Body, formatMessage, maxMessageBytes, sealMessage, splitMessage } from '@chartseal/wire'
import { type Command, Option } from 'commander'
import { describeCommand, finish, parseCount } from '../../io/command.js'
import { readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { inFolder, ringNow } from '../../io/ring.js'
import { bindingOf, type MessageOptions, patientOf, ringFolder, withMessageOptions } from './options.js'
import { sealV1 } from './v1.js'

interface SealOptions extends MessageOptions {
  readonly type: string
  readonly name?: string
  readonly split?: number
}

export function sealCommand(io: Io): Command {
  const command = describeCommand(
    'seal',
    'Seal a text or a file for the other side of a ring',
    'chartseal message seal --ring okafor-rosa --patient PAT-12345 note.txt',
    'chartseal message seal --ring okafor-rosa --patient PAT-12345 --type application/pdf --name ct.pdf ct.pdf',
    'chartseal message seal --v1 --patient PAT-12345 --key-file month.key note.txt',
  )
  return withMessageOptions(command)
    .option('--type <media type>', 'what the content is', 'text/plain;charset=utf-8')
    .option('--name <file name>', 'a file name, sealed with the content')
    .addOption(
      new Option('--split <characters>', 'in parts for a chat that takes so many').argParser(
        parseCount(64, 1 << 24),
      ),
    )
    .argument('[file]', 'the content; - is stdin', '-')
    .action(async (file: string, options: SealOptions) => {
      if (options.v1 === true) return sealV1(io, file, { ...options, patient: patientOf(options) })
      const folder = ringFolder(options)
      const content = await readBytes(io, file)
      const message = await inFolder(io, folder, options, before => sealStep(io, before, content, options))
      const texts =
        options.split === undefined ? [formatMessage(message)] : splitMessage(message, options.split)
      await finish(io, options, { text: `${texts.join('\n')}\n`, answer: { messages: texts } })
    })
}

/** The counter is spent and stored before the message leaves. */
function sealStep(
  io: Io,
  before: Device,
  content: Uint8Array,
  options: SealOptions,
): { readonly result: Uint8Array; readonly device: Device } {
  const present = ringNow(io, before, options)
  const sizeBytes = Math.min(content.length, maxMessageBytes)
  const { ring, sealing } = takeSealingKey(present, sizeBytes, io.clock.nowMs())
  try {
    const result = sealMessage(
      sealing,
      bindingOf(options, ring, 'own'),
      bodyOf(io, content, options),
      io.random,
    )
    return { result, device: { ...before, ring } }
  } finally {
    sealing.key.wipe()
  }
}

function bodyOf(io: Io, content: Uint8Array, { type, name }: SealOptions): Body {
  const body = { mediaType: type, content, sentAtMs: io.clock.nowMs() }
  return name === undefined ? body : { ...body, fileName: name }
}

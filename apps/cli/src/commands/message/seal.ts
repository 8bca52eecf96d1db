import { sealNext } from '@chartseal/clinic'
import { ChartsealError } from '@chartseal/core/errors'
import { formatMessage, splitMessage } from '@chartseal/wire'
import { type Command, Option } from 'commander'
import { describeCommand, finish, parseCount } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { inFolder } from '../../io/ring.js'
import { type SealAttachmentOptions, sealAttachmentFile } from './attachment.js'
import {
  patientOf,
  plainText,
  readInput,
  ringFolder,
  threadOptions,
  typeOf,
  withMessageOptions,
} from './options.js'
import { sealV1 } from './v1.js'

interface SealOptions extends SealAttachmentOptions {
  readonly split?: number
  readonly attachment?: boolean
}

export function sealCommand(io: Io): Command {
  const command = describeCommand(
    'seal',
    'Seal a text or a file for the other side of a ring',
    'chartseal message seal --ring okafor-rosa --patient PAT-12345 note.txt',
    'chartseal message seal --ring okafor-rosa --patient PAT-12345 --type application/pdf --name ct.pdf ct.pdf',
    'chartseal message seal --ring okafor-rosa --patient PAT-12345 --attachment --name ct.dcm --out ct.sealed ct.dcm',
    'chartseal message seal --v1 --patient PAT-12345 --key-file month.key note.txt',
  )
  return withMessageOptions(command)
    .option('--type <media type>', `what the content is (default: ${plainText}; of attachments, any bytes)`)
    .option('--name <file name>', 'a file name, sealed with the content')
    .option('--attachment', 'seal a file of up to 16 GiB as a file, which no chat has to carry as text')
    .addOption(
      new Option(
        '--split <characters>',
        'split into parts of at most this many characters, for chats with a length limit',
      ).argParser(parseCount(64, 1 << 24)),
    )
    .argument('[file]', 'the content; - is stdin', '-')
    .action(async (file: string, options: SealOptions) => {
      if (options.v1 === true) return sealV1(io, file, { ...options, patient: patientOf(options) })
      const folder = ringFolder(options)
      if (options.attachment === true) return sealAttachmentFile(io, folder, file, options)
      const texts = await sealText(io, folder, file, options)
      await finish(io, options, { text: `${texts.join('\n')}\n`, answer: { messages: texts } })
    })
}

/** The counter is spent and stored before the message leaves. */
async function sealText(
  io: Io,
  folder: string,
  file: string,
  options: SealOptions,
): Promise<readonly string[]> {
  const content = await readInput(io, file)
  const { name } = options
  const body = { mediaType: typeOf(file, content, options), content }
  const named = name === undefined ? body : { ...body, fileName: name }
  const message = await inFolder(io, folder, options, device =>
    sealNext(device, { ...threadOptions(options), body: named }, io),
  ).catch(hintAttachment)
  return options.split === undefined ? [formatMessage(message)] : splitMessage(message, options.split)
}

function hintAttachment(error: unknown): never {
  if (!(error instanceof ChartsealError) || error.code !== 'message/too-large') throw error
  const hint = 'Seal it as a file: --attachment --out FILE'
  throw new ChartsealError(error.code, `${error.message} ${hint}`, error.context)
}

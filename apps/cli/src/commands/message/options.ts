/** Options that sealing and opening share, and the messages that a user hands in. */
import { clinicError, type PastedKind, requirePasted, type ThreadOptions } from '@chartseal/clinic'
import { ChartsealError } from '@chartseal/core/errors'
import { quoted } from '@chartseal/core/text'
import { messageOfTexts } from '@chartseal/wire'
import type { Command } from 'commander'
import { textOf } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, readBytes } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'
import { type ClockOptions, withClock } from '../../io/ring.js'

/** What a content is unless somebody says otherwise. */
export const plainText = 'text/plain;charset=utf-8'

export interface BindingOptions {
  readonly patient?: string
  readonly thread: string
  readonly from?: string
  readonly to?: string
}

export interface MessageOptions extends ClockOptions, BindingOptions {
  readonly ring?: string
  readonly v1?: boolean
  readonly keyFile?: string
}

/** A ring, and what a message of its thread is bound to. */
export function withThread(command: Command): Command {
  return withClock(command)
    .option('--ring <folder>', 'the folder of the ring')
    .option(
      '--patient <id>',
      "the patient's id: authenticated but not sent, so both sides must give the same",
    )
    .option('--thread <name>', 'name of the conversation: authenticated but not sent', '')
    .option('--from <name>', "the sender's name: authenticated but not sent (default: the key of that side)")
    .option('--to <name>', "the recipient's name: authenticated but not sent (default: the key of that side)")
}

export function withMessageOptions(command: Command): Command {
  return withThread(command)
    .option('--v1', 'the published format [MEDCRYPT:v1:…], with a key in place of a ring')
    .option('--key-file <file>', 'with --v1: the key, 64 hexadecimal digits; else CHARTSEAL_KEY or a prompt')
}

/** @throws UsageError */
export function ringFolder({ ring }: MessageOptions): string {
  if (ring === undefined) throw new UsageError('give --ring FOLDER, or --v1 and a key')
  return ring
}

/** @throws UsageError without a patient id */
export function patientOf({ patient }: BindingOptions): string {
  if (patient === undefined) throw new UsageError('give --patient ID: it is part of what is sealed')
  return patient
}

/** @throws UsageError without a patient id */
export function threadOptions(options: MessageOptions): ThreadOptions {
  const { thread, from, to, confirmClock = false } = options
  const names = {
    patientId: patientOf(options),
    thread,
    ...(from === undefined ? {} : { sender: from }),
    ...(to === undefined ? {} : { recipient: to }),
  }
  return { names, confirmClock }
}

/** Opens something sealed under these names. @throws what `open` throws, as {@link namingBinding} tells it */
export function naming<Result>(options: BindingOptions, open: () => Result): Result {
  try {
    return open()
  } catch (error) {
    throw namingBinding(error, options)
  }
}

/** What a message could not be opened with; these names are part of its key. */
export function namingBinding(error: unknown, options: BindingOptions): unknown {
  if (!(error instanceof ChartsealError) || error.code !== 'open/failed') return error
  const { thread, from, to } = options
  const party = (name: string | undefined): string => (name === undefined ? 'by key' : quoted(name))
  const named = [
    `patient ${quoted(patientOf(options))}`,
    `thread ${quoted(thread)}`,
    `sender ${party(from)}`,
    `recipient ${party(to)}`,
  ].join(', ')
  const hint = `Both sides must name the same: here ${named}.`
  return new ChartsealError(
    'open/failed',
    `The message could not be opened: wrong key, or it was changed. ${hint}`,
    {},
  )
}

/** The texts in a file or on stdin, whatever a chat made of them. @throws ChartsealError `pasted/…` */
export async function pastedIn(
  io: Io,
  file: string,
  wanted: readonly PastedKind[],
): Promise<readonly string[]> {
  const bytes = await readInput(io, file)
  return inFile(file, () => requirePasted(bytes, wanted))
}

/** As `readBytes`, and on a terminal it says what it waits for. */
export async function readInput(io: Io, file: string): Promise<Uint8Array> {
  if (file === '-' && io.isTerminal.stdin) {
    await writeLine(io.stderr, 'Paste the message, then press ctrl-D on a line of its own.')
  }
  return readBytes(io, file)
}

/**
 * The one message in these files, whole or in parts.
 * @throws UsageError for several messages; ChartsealError `message/…`, `thread/other-version`,
 */
export async function messageIn(io: Io, files: readonly string[]): Promise<Uint8Array> {
  const texts: string[] = []
  for (const file of files) texts.push(...(await pastedIn(io, file, ['message', 'part', 'message-v1'])))
  if (texts.some(text => text.startsWith('[MEDCRYPT'))) {
    throw clinicError('thread/other-version', { hint: 'Open it with --v1 and its key.' })
  }
  const distinct = [...new Set(texts)]
  const whole = distinct.filter(text => !isPart(text))
  if (whole.length > 1 || (whole.length === 1 && distinct.length > 1))
    throw new UsageError('more than one message was given: give one, or the parts of one')
  return messageOfTexts(distinct)
}

const isPart = (text: string): boolean => text.split(':').length > 3

/** The media type of what is sealed; the usual one promises UTF-8. @throws UsageError */
export function typeOf(file: string, content: Uint8Array, { type }: { readonly type?: string }): string {
  if (type === undefined && textOf(content) === null) {
    throw new UsageError(
      `${file === '-' ? 'stdin' : file} is not UTF-8 text: save it as UTF-8, or give --type application/octet-stream`,
    )
  }
  return type ?? plainText
}

import { readPasted } from '@chartseal/clinic'
import { type AnyInspection, inspectAnyMessage } from '@chartseal/clinic/explain'
import { decodeUtf8 } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import { AlreadyTold } from '../../io/errors.js'
import { readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'

export function inspectCommand(io: Io): Command {
  const command = describeCommand(
    'inspect',
    'Show what a message of either version, or a part of one, says without a key',
    'chartseal message inspect note.sealed',
  )
  return withOutput(command)
    .argument('[file]', 'the message; - is stdin', '-')
    .action(async (file: string, options: OutputOptions) => {
      const found = inspectAnyMessage(textIn(await readBytes(io, file)))
      await finish(io, options, { text: describe(found), answer: toAnswer(found) })
      if (found.refusal !== null) throw new AlreadyTold()
    })
}

/** The first message that was pasted; otherwise the text as it is, whose refusal says what is wrong with it. */
function textIn(bytes: Uint8Array): string {
  const { found, broken } = readPasted(bytes, { wanted: ['message', 'part', 'message-v1'] })
  const [first] = [...found, ...broken]
  return first?.text ?? decodeUtf8(bytes).replace(/\r?\n$/, '')
}

function describe(found: AnyInspection): string {
  const { message, refusal } = found
  const verdict =
    refusal === null ? 'well formed' : `refused: ${refusal.reason} (${refusal.code}, at: ${refusal.stage})`
  const lax = refusal !== null && message !== null ? ['            --v1 --lenient reads it'] : []
  return [...rows(found), `Verdict     ${verdict}`, ...lax, ''].join('\n')
}

function rows({ message, part }: AnyInspection): readonly string[] {
  if (part !== null) {
    const { min, max } = part.messageBytes
    return [
      'Version     2',
      `Part        ${part.index} of ${part.count}, of the set ${part.setId}`,
      `Whole       ${min} to ${max} bytes`,
      ...(part.header === null ? [] : keyLines(part.header)),
    ]
  }
  if (message === null) return []
  if (message.version === 2) {
    return ['Version     2', ...keyLines(message), `Content     fewer than ${message.paddedBytes} bytes`]
  }
  return [
    'Version     1',
    `Patient id  ${quoted(message.patientId)} (in clear, not authenticated without the key)`,
    `Text        ${message.plaintextBytes} bytes of UTF-8`,
  ]
}

const keyLines = ({
  kid,
  counter,
}: {
  readonly kid: string
  readonly counter: bigint
}): readonly string[] => [`Key id      ${kid}`, `Counter     ${counter}`]

function toAnswer({ message, refusal, part }: AnyInspection): Answer {
  return {
    refusal: refusal === null ? null : { ...refusal },
    message: messageAnswer(message),
    part: partAnswer(part),
  }
}

function messageAnswer(message: AnyInspection['message']): Answer | null {
  if (message === null) return null
  if (message.version === 2) {
    const { version, kid, counter, paddedBytes } = message
    return { version, kid, counter, padded_bytes: paddedBytes }
  }
  return { version: message.version, patient_id: message.patientId, plaintext_bytes: message.plaintextBytes }
}

function partAnswer(part: AnyInspection['part']): Answer | null {
  if (part === null) return null
  const { setId, index, count, partBytes, messageBytes, header } = part
  const whole = { min_bytes: messageBytes.min, max_bytes: messageBytes.max }
  return {
    set_id: setId,
    index,
    count,
    part_bytes: partBytes,
    ...whole,
    header: header === null ? null : { ...header },
  }
}

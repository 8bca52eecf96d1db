import { type Inspection, inspect, open, seal } from '@chartseal/wire/v1'
import type { Command } from 'commander'
import { describeCommand, describeGroup, finish, type OutputOptions, withOutput } from '../io/command.js'
import { AlreadyTold } from '../io/errors.js'
import { readLine, readText } from '../io/files.js'
import type { Io } from '../io/io.js'
import type { Answer } from '../io/json-text.js'
import { quoted } from '../io/quoted.js'
import { readKey } from '../io/secrets.js'

/** `chartseal message seal|open|inspect`: messages of the format `[MEDCRYPT:v1:…]`. */
export function messageCommand(io: Io): Command {
  return describeGroup(
    'message',
    'Seal, open and inspect clinical messages',
    sealCommand(io),
    openCommand(io),
    inspectCommand(io),
  )
}

interface KeyOptions extends OutputOptions {
  readonly keyFile?: string
}

function withKey(command: Command): Command {
  return command.option('--key-file <file>', 'the key, 64 hexadecimal digits; else CHARTSEAL_KEY or a prompt')
}

interface SealOptions extends KeyOptions {
  readonly patient: string
}

function sealCommand(io: Io): Command {
  const command = describeCommand(
    'seal',
    'Seal a text for one patient',
    'chartseal message seal --patient PAT-12345 --key-file month.key note.txt',
    "printf 'Take 1 tablet' | chartseal message seal --patient PAT-12345",
  )
  return withOutput(withKey(command))
    .requiredOption('--patient <id>', 'the patient id; it stays readable in the message')
    .argument('[file]', 'the text; - is stdin', '-')
    .action(async (file: string, options: SealOptions) => {
      using key = await readKey(io, options.keyFile)
      const message = seal(key, await readText(io, file), options.patient, { random: io.random })
      await finish(io, options, { text: `${message}\n`, answer: { message } })
    })
}

interface OpenOptions extends KeyOptions {
  readonly patient?: string
  readonly lenient?: boolean
}

function openCommand(io: Io): Command {
  const command = describeCommand(
    'open',
    'Open a sealed message',
    'chartseal message open --key-file month.key note.sealed',
  )
  return withOutput(withKey(command))
    .option('--patient <id>', 'refuse a message for another patient')
    .option('--lenient', 'read base64 as laxly as the seed did, for archives')
    .argument('[file]', 'the message; - is stdin', '-')
    .action(async (file: string, options: OpenOptions) => {
      using key = await readKey(io, options.keyFile)
      const opened = open(key, await readLine(io, file), {
        lenient: options.lenient ?? false,
        ...(options.patient === undefined ? {} : { expectedPatientId: options.patient }),
      })
      const { plaintext, patientId } = opened
      await finish(io, options, {
        text: plaintext,
        answer: { plaintext, patient_id: patientId },
        secret: true,
      })
    })
}

function inspectCommand(io: Io): Command {
  return withOutput(
    describeCommand(
      'inspect',
      'Tell what a message shows without a key',
      'chartseal message inspect note.sealed',
    ),
  )
    .argument('[file]', 'the message; - is stdin', '-')
    .action(async (file: string, options: OutputOptions) => {
      const found = inspect(await readLine(io, file))
      await finish(io, options, { text: describe(found), answer: toAnswer(found) })
      if (found.refusal !== null) throw new AlreadyTold()
    })
}

function describe({ message, refusal }: Inspection): string {
  const told =
    message === null
      ? []
      : [
          `Version     ${message.version}`,
          `Patient id  ${quoted(message.patientId)} (in clear, not authenticated without the key)`,
          `Text        ${message.plaintextBytes} bytes of UTF-8`,
        ]
  const verdict = refusal === null ? 'well formed' : `refused: ${refusal.reason} (${refusal.code})`
  const lax = refusal !== null && message !== null ? ['            --lenient reads it'] : []
  return [...told, `Verdict     ${verdict}`, ...lax, ''].join('\n')
}

function toAnswer({ message, refusal }: Inspection): Answer {
  return {
    refusal: refusal === null ? null : { ...refusal },
    message:
      message === null
        ? null
        : {
            version: message.version,
            patient_id: message.patientId,
            plaintext_bytes: message.plaintextBytes,
          },
  }
}

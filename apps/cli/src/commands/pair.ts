import {
  acceptCode,
  clinicError,
  confirmDigits,
  parseCode,
  parseStep,
  shellWord,
  showCode,
  type ToCompare,
  takeAnswer,
  takeReveal,
  undoPairing,
} from '@chartseal/clinic'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import type { Command } from 'commander'
import { describeCommand, describeGroup, finish } from '../io/command.js'
import { readBytes } from '../io/files.js'
import type { Io } from '../io/io.js'
import { writeBytes } from '../io/output.js'
import { pictureFormat, qrForFile, qrForTerminal, readQr } from '../io/qr.js'
import { type ClockOptions, inFolder, type PassphraseOptions, withClock, withPassphrase } from '../io/ring.js'

/** `chartseal pair show|accept|undo`: two folders become the two sides of one ring. */
export function pairCommand(io: Io): Command {
  return describeGroup(
    'pair',
    'Pair two people, at the first visit, by a QR code and eight digits',
    showCommand(io),
    acceptCommand(io),
    undoCommand(io),
  )
}

interface ShowOptions extends PassphraseOptions {
  readonly answer?: string
  readonly confirm?: string
}

function showCommand(io: Io): Command {
  const command = describeCommand(
    'show',
    'Show a code to the other side; then take the answer; then confirm the digits',
    'chartseal pair show okafor-rosa',
    'chartseal pair show okafor-rosa --answer answer.txt',
    'chartseal pair show okafor-rosa --confirm 12345678',
  )
  return withPassphrase(command)
    .option('--answer <file>', 'take what the other side answered; - is stdin')
    .option('--confirm <digits>', 'the eight digits that the other screen shows')
    .argument('<folder>')
    .action(async (folder: string, options: ShowOptions) => {
      if (options.confirm !== undefined) return confirm(io, folder, options, options.confirm, 'show')
      return options.answer === undefined
        ? show(io, folder, options)
        : takeAnswerOf(io, folder, options, options.answer)
    })
}

async function show(io: Io, folder: string, options: ShowOptions): Promise<void> {
  // A name that no code is written to is refused before a code is made.
  if (options.out !== undefined) qrForFile('', options.out)
  const { uri, notAfterMs } = await inFolder(io, folder, options, device => showCode(device, io))
  const until = new Date(notAfterMs).toISOString().slice(11, 16)
  const { out, force = false, ...toStdout } = options
  if (out === undefined) {
    const note = `Show it to nobody else. It is good until ${until} UTC.\n`
    const text = `${qrForTerminal(uri)}${uri}\n${note}`
    return finish(io, toStdout, { text, answer: { uri, not_after_ms: notAfterMs } })
  }
  await writeBytes(io, out, qrForFile(uri, out), { force, secret: true })
  const text = `${out} holds the code. Show it to nobody else, and delete it once it was read: it is good until ${until} UTC.\n`
  return finish(io, toStdout, { text, answer: { out, not_after_ms: notAfterMs } })
}

async function takeAnswerOf(io: Io, folder: string, options: ShowOptions, file: string): Promise<void> {
  const bytes = parseStep('answer', await readBytes(io, file))
  const told = await inFolder(io, folder, options, device => takeAnswer(device, bytes, io))
  const { out, force = false, ...toStdout } = options
  const line = `${told.reveal}\n`
  // The file holds the line alone: digits that travel with it would be compared with themselves.
  if (out !== undefined) await writeBytes(io, out, line, { force })
  const what = out === undefined ? 'this line' : out
  const note = `Send ${what} to ${quoted(told.peer)}. Then both screens show: ${told.digits}\n${roleNote(told)}`
  await finish(io, toStdout, { text: `${out === undefined ? line : ''}${note}`, answer: answerOf(told) })
}

/** Who pairs with a clinician is a patient, unless this says otherwise. */
const roleNote = ({ isColleague }: ToCompare): string =>
  isColleague ? 'They say that they are a clinician, too: confirm only if you know that they are.\n' : ''

const answerOf = ({ isColleague, ...told }: ToCompare): Answer => ({ ...told, is_colleague: isColleague })

interface AcceptOptions extends ClockOptions {
  readonly reveal?: string
  readonly confirm?: string
}

function acceptCommand(io: Io): Command {
  const command = describeCommand(
    'accept',
    'Read the code of the other side; then take what it reveals; then confirm the digits',
    'chartseal pair accept rosa-okafor code.png',
    'chartseal pair accept rosa-okafor --reveal reveal.txt',
    'chartseal pair accept rosa-okafor --confirm 12345678',
  )
  return withClock(command)
    .option('--reveal <file>', 'take what the other side sent after the answer; - is stdin')
    .option('--confirm <digits>', 'the eight digits that the other screen shows')
    .argument('<folder>')
    .argument('[code]', 'a PNG with the QR code, or a file with its text; - is stdin', '-')
    .action(async (folder: string, code: string, options: AcceptOptions) => {
      if (options.confirm !== undefined) return confirm(io, folder, options, options.confirm, 'accept')
      return options.reveal === undefined
        ? accept(io, folder, options, code)
        : takeRevealOf(io, folder, options, options.reveal)
    })
}

async function accept(io: Io, folder: string, options: AcceptOptions, code: string): Promise<void> {
  const uri = await readCode(io, code)
  const clockConfirmed = options.confirmClock === true
  const { answer } = await inFolder(io, folder, options, device =>
    acceptCode(device, uri, io, clockConfirmed),
  )
  await finish(io, options, { text: `${answer}\n`, answer: { answer } })
}

async function takeRevealOf(io: Io, folder: string, options: AcceptOptions, file: string): Promise<void> {
  const bytes = parseStep('reveal', await readBytes(io, file))
  const told = await inFolder(io, folder, options, device => takeReveal(device, bytes))
  await finish(io, options, {
    text: `Both screens show: ${told.digits}. The other side is ${quoted(told.peer)}\n${roleNote(told)}`,
    answer: answerOf(told),
  })
}

/** A picture, or text in which the code is somewhere. */
async function readCode(io: Io, file: string): Promise<string> {
  const bytes = await readBytes(io, file)
  // The first byte of a PNG, even of one that breaks off, is in no text.
  if (pictureFormat(bytes) === null && bytes[0] !== 0x89) return parseCode(bytes)
  const text = readQr(bytes)
  if (text === null) throw clinicError('pairing/no-qr', {})
  return parseCode(text)
}

/** The last step of either side. */
async function confirm(
  io: Io,
  folder: string,
  options: PassphraseOptions,
  digits: string,
  side: 'show' | 'accept',
): Promise<void> {
  const peer = await inFolder(io, folder, options, device => confirmDigits(device, digits, side, io))
  await finish(io, options, { text: `${folder} is paired with ${quoted(peer)}\n`, answer: { folder, peer } })
}

function undoCommand(io: Io): Command {
  const command = describeCommand(
    'undo',
    'Give up a pairing that has sealed and opened nothing yet, when the digits differed at the other side',
    'chartseal pair undo okafor-rosa',
  )
  return withPassphrase(command)
    .argument('<folder>')
    .action(async (folder: string, options: PassphraseOptions) => {
      const undone = await inFolder(io, folder, options, undoPairing)
      const text = `${folder} is not paired any more. Pair again: chartseal pair show ${shellWord(folder)}\n`
      await finish(io, options, { text, answer: { folder, undone } })
    })
}

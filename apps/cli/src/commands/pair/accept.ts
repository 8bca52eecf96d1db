import { acceptCode, clinicError, parseStep, takeReveal } from '@chartseal/clinic'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { quoted } from '@chartseal/core/text'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { readBytes, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { pictureFormat, readQr } from '../../io/qr.js'
import { inFolder, type PassphraseOptions, withPassphrase } from '../../io/ring.js'
import { finishPairing } from './finish.js'

interface AcceptOptions extends PassphraseOptions {
  readonly reveal?: string
  readonly confirm?: string
}

export function acceptCommand(io: Io): Command {
  const command = describeCommand(
    'accept',
    'Read the code of the other side; then take what it reveals; then confirm the digits',
    'chartseal pair accept rosa-okafor code.png',
    'chartseal pair accept rosa-okafor --reveal reveal.txt',
    'chartseal pair accept rosa-okafor --confirm 12345678',
  )
  return withPassphrase(command)
    .option('--reveal <file>', 'take what the other side sent after the answer; - is stdin')
    .option('--confirm <digits>', 'both screens show these digits')
    .argument('<folder>')
    .argument('[code]', 'a PNG with the QR code, or a file with its text; - is stdin', '-')
    .action(async (folder: string, code: string, options: AcceptOptions) => {
      if (options.confirm !== undefined) return finishPairing(io, folder, options, options.confirm, 'accept')
      return options.reveal === undefined
        ? begin(io, folder, options, code)
        : revealed(io, folder, options, options.reveal)
    })
}

async function begin(io: Io, folder: string, options: AcceptOptions, code: string): Promise<void> {
  const uri = await readCode(io, code)
  const { answer } = await inFolder(io, folder, options, device => acceptCode(device, uri, io))
  await finish(io, options, { text: `${answer}\n`, answer: { answer } })
}

async function revealed(io: Io, folder: string, options: AcceptOptions, file: string): Promise<void> {
  const bytes = parseStep('reveal', await readText(io, file))
  const told = await inFolder(io, folder, options, device => takeReveal(device, bytes))
  await finish(io, options, {
    text: `Both screens show: ${told.digits}. The other side is ${quoted(told.peer)}\n`,
    answer: { ...told },
  })
}

/** A picture, or text in which the code stands on a line of its own. */
async function readCode(io: Io, file: string): Promise<string> {
  const bytes = await readBytes(io, file)
  const text = pictureFormat(bytes) !== null ? readQr(bytes) : decodeUtf8(bytes)
  if (text === null) throw clinicError('pairing/no-qr', {})
  return text.split('\n').find(line => line.startsWith('chartseal-pair:')) ?? text
}

import { parseStep, showCode, takeAnswer } from '@chartseal/clinic'
import { quoted } from '@chartseal/core/text'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'
import { qrForFile, qrForTerminal } from '../../io/qr.js'
import { inFolder, type PassphraseOptions, withPassphrase } from '../../io/ring.js'
import { finishPairing, refuseVoid } from './finish.js'

interface ShowOptions extends PassphraseOptions {
  readonly answer?: string
  readonly confirm?: string
}

export function showCommand(io: Io): Command {
  const command = describeCommand(
    'show',
    'Show a code to the other side; then take the answer; then confirm the digits',
    'chartseal pair show okafor-rosa',
    'chartseal pair show okafor-rosa --answer answer.txt',
    'chartseal pair show okafor-rosa --confirm 12345678',
  )
  return withPassphrase(command)
    .option('--answer <file>', 'take what the other side answered; - is stdin')
    .option('--confirm <digits>', 'both screens show these digits')
    .argument('<folder>')
    .action(async (folder: string, options: ShowOptions) => {
      if (options.confirm !== undefined) return finishPairing(io, folder, options, options.confirm, 'show')
      return options.answer === undefined
        ? begin(io, folder, options)
        : answered(io, folder, options, options.answer)
    })
}

async function begin(io: Io, folder: string, options: ShowOptions): Promise<void> {
  const { uri, notAfterMs } = await inFolder(io, folder, options, device => showCode(device, io))
  const until = new Date(notAfterMs).toISOString().slice(11, 16)
  if (options.out !== undefined) {
    await writeBytes(io, options.out, qrForFile(uri, options.out), {
      force: options.force ?? false,
      secret: true,
    })
  }
  const text = `${options.out === undefined ? qrForTerminal(uri) : ''}${uri}\n`
  const note = `Show it to nobody else. It is good until ${until} UTC.\n`
  const { out: _, ...toStdout } = options
  await finish(io, toStdout, { text: `${text}${note}`, answer: { uri, not_after_ms: notAfterMs } })
}

async function answered(io: Io, folder: string, options: ShowOptions, file: string): Promise<void> {
  const bytes = parseStep('answer', await readText(io, file))
  const told = refuseVoid(await inFolder(io, folder, options, device => takeAnswer(device, bytes, io)))
  const { out, ...toStdout } = options
  const line = `${told.reveal}\n`
  // The file holds the line alone: digits that travel with it would be compared with themselves.
  if (out !== undefined) await writeBytes(io, out, line, { force: options.force ?? false })
  const what = out === undefined ? 'this line' : out
  const note = `Send ${what} to ${quoted(told.peer)}. Then both screens show: ${told.digits}\n`
  await finish(io, toStdout, { text: `${out === undefined ? line : ''}${note}`, answer: { ...told } })
}

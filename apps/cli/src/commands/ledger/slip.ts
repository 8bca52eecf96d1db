import { slipOf } from '@chartseal/clinic/prescriptions'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { type DeskOptions, withDeskOptions, withReader } from './desk.js'
import { prescriptionArgument } from './prescribe.js'

interface SlipOptions extends DeskOptions {
  readonly qr?: boolean
}

export function slipCommand(io: Io): Command {
  const command = describeCommand(
    'slip',
    'The slip of a prescription that this device signed: whoever has it can read it, as with paper',
    'chartseal ledger slip --desk doctor.desk --qr 5d41402abc4b2a76b9719d911017c592ae5a5b4a5f6d3c1c0e1e4cbd0a5d2f10',
  )
  return withDeskOptions(command)
    .option('--qr', 'as a QR code; a file that ends in .png or .svg with --out')
    .addArgument(prescriptionArgument())
    .action((prescription: Uint8Array, options: SlipOptions) => show(io, prescription, options))
}

async function show(io: Io, prescription: Uint8Array, options: SlipOptions): Promise<void> {
  const slip = await withReader(io, options, ({ shelf }) => slipOf(shelf.book(), prescription))
  const text = options.qr === true ? await drawn(slip, options) : `${slip}\n`
  await finish(io, options, { text, answer: { slip }, secret: true })
}

async function drawn(slip: string, { out, json = false }: SlipOptions): Promise<string | Uint8Array> {
  // The drawing of codes is loaded for one.
  const { qrForFile, qrForTerminal } = await import('../../io/qr.js')
  return out === undefined || out === '-' || json ? qrForTerminal(slip) : qrForFile(slip, out)
}

import {
  type Desk,
  fitsOneCode,
  type NewOrder,
  type PreparedRecord,
  prepareCancel,
  prepareOrder,
  prepareReplace,
  slipOf,
} from '@chartseal/clinic/prescriptions'
import { Argument, type Command } from 'commander'
import { describeCommand } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { checkOutput, writeBytes } from '../../io/output.js'
import { parseId, type SigningOptions, withDesk, withSigning } from './desk.js'
import { type OrderOptions, readOrder, withOrder } from './order.js'
import { signed, tell } from './signed.js'
import { warned } from './warnings.js'

interface PrescribeOptions extends SigningOptions, OrderOptions {
  readonly slip?: string
}

export function prescribeCommand(io: Io): Command {
  const command = describeCommand(
    'prescribe',
    'Show a prescription as it is signed, ask, sign it, and wait until the ledger has it for good',
    'chartseal ledger prescribe --desk doctor.desk --patient PAT-12345 --slip slip.txt request.json',
    'echo \'{"medicine": "Ibuprofen 400 mg", "dosage": "1-0-1"}\' | chartseal ledger prescribe --desk doctor.desk --patient PAT-12345 --units 20 --days 30 --yes',
  )
  return withSlip(withOrder(withSigning(command)))
    .argument('[file]', 'a MedicationRequest, the fields of a form, or a text; - is stdin', '-')
    .action((file: string, options: PrescribeOptions) =>
      issue(io, file, options, 'Prescribed.', (desk, order) => prepareOrder(desk, order)),
    )
}

export function replaceCommand(io: Io): Command {
  const command = describeCommand(
    'replace',
    'Prescribe something else in place of a prescription that is open',
    'chartseal ledger replace --desk doctor.desk --patient PAT-12345 --slip slip.txt 5d41402abc4b2a76b9719d911017c592ae5a5b4a5f6d3c1c0e1e4cbd0a5d2f10 request.json',
  )
  return withSlip(withOrder(withSigning(command)))
    .addArgument(prescriptionArgument())
    .argument('[file]', 'as of prescribe; - is stdin', '-')
    .action((prescription: Uint8Array, file: string, options: PrescribeOptions) =>
      issue(io, file, options, 'Replaced.', (desk, order) => prepareReplace(desk, prescription, order)),
    )
}

export function cancelCommand(io: Io): Command {
  const command = describeCommand(
    'cancel',
    'End a prescription that is open; what was dispensed stays dispensed',
    'chartseal ledger cancel --desk doctor.desk 5d41402abc4b2a76b9719d911017c592ae5a5b4a5f6d3c1c0e1e4cbd0a5d2f10',
  )
  return withSigning(command)
    .addArgument(prescriptionArgument())
    .action((prescription: Uint8Array, options: SigningOptions) =>
      withDesk(io, options, async desk => {
        const record = await prepareCancel(desk, prescription)
        const delivery = await signed(io, desk, record, options)
        await tell(io, options, delivery, { done: 'Cancelled.', txid: record.prepared.digest })
      }),
    )
}

export function prescriptionArgument(): Argument {
  return new Argument('<prescription>', 'its txid, 64 hexadecimal digits').argParser(parseId)
}

function withSlip(command: Command): Command {
  return command.option('--slip <file>', 'write the slip for the patient to this new file')
}

async function issue(
  io: Io,
  file: string,
  options: PrescribeOptions,
  done: string,
  prepare: (desk: Desk, order: NewOrder) => Promise<PreparedRecord>,
): Promise<void> {
  // A slip that has nowhere to go is told of before anything is signed.
  if (options.slip !== undefined) await checkOutput(io, options.slip)
  const order = await readOrder(io, file, options)
  await withDesk(io, options, async desk => {
    const record = await prepare(desk, order)
    const txid = record.prepared.digest
    const duplicates = await warned(io, desk.shelf, record)
    const delivery = await signed(io, desk, record, options)
    const slip = delivery.kind === 'final' ? await slipOf(desk.shelf.book(), txid) : null
    if (slip !== null && options.slip !== undefined)
      await writeBytes(io, options.slip, `${slip}\n`, { secret: true })
    const more = {
      ...(slip === null ? {} : { slip: options.slip ?? slip, fits_one_code: fitsOneCode(slip) }),
      duplicates,
    }
    await tell(io, options, delivery, { done, txid, more })
  })
}

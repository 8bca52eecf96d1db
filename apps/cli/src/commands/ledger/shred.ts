import {
  destroyContent,
  errandOf,
  medicineIn,
  type staysAfterShredding,
} from '@chartseal/clinic/prescriptions'
import { encodeHex } from '@chartseal/core/encoding'
import { quoted } from '@chartseal/core/text'
import type { Command } from 'commander'
import { approve } from '../../io/approve.js'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { type DeskOptions, withDeskOptions, withReader } from './desk.js'
import { prescriptionArgument } from './prescribe.js'

interface ShredOptions extends DeskOptions {
  readonly yes?: boolean
}

const stays: { readonly [what in (typeof staysAfterShredding)[number]]: string } = {
  'who-prescribed': 'who prescribed it',
  when: 'when',
  'how-much': 'how many units, and until when',
  dispensings: 'each dispensing',
  'slips-given-out': 'every slip that was given out: whoever has one reads it',
}

export function shredCommand(io: Io): Command {
  const command = describeCommand(
    'shred',
    'Destroy what a prescription says, and the secret that leads from the ledger to it, in this desk file; what stays is told before',
    'chartseal ledger shred --desk doctor.desk 5d41402abc4b2a76b9719d911017c592ae5a5b4a5f6d3c1c0e1e4cbd0a5d2f10',
  )
  return withDeskOptions(command)
    .option('--yes', 'destroy without asking: for scripts')
    .addArgument(prescriptionArgument())
    .action((prescription: Uint8Array, options: ShredOptions) => shred(io, prescription, options))
}

async function shred(io: Io, prescription: Uint8Array, options: ShredOptions): Promise<void> {
  const { desk } = options
  const left = await withReader(io, options, async reader => {
    const { content } = errandOf(reader.shelf.book(), prescription)
    if (content !== null) {
      const { medicine } = medicineIn(content.body)
      const told = `Destroys  ${quoted(medicine)} for ${quoted(content.patientId)}, in ${desk}`
      await approve(io, `${told}\n${staysText}\n`, 'destroy', options)
    }
    return destroyContent(reader, prescription)
  })
  const text = `Destroyed in ${desk}. Copies of that file, such as backups, have it still.\n${staysText}\n`
  await finish(io, options, { text, answer: { prescription: encodeHex(prescription), stays: [...left] } })
}

const staysText = `Stays     ${Object.values(stays).join('; ')}`

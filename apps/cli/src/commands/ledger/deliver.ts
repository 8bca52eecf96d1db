import { deliverAll, type Errand } from '@chartseal/clinic/prescriptions'
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import type { Command } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { type SigningOptions, withDesk, withDeskOptions } from './desk.js'
import { refusalWords } from './refusal.js'

export function deliverCommand(io: Io): Command {
  const command = describeCommand(
    'deliver',
    'Send again what has no answer yet, the same bytes, and list what this device signed',
    'chartseal ledger deliver --desk doctor.desk',
  )
  return withDeskOptions(command)
    .option('--public-key <file>', 'of whoever signs elsewhere, as for the command that signed')
    .action((options: SigningOptions) => deliver(io, options))
}

async function deliver(io: Io, options: SigningOptions): Promise<void> {
  // Nothing is signed here: the key alone says whose numbers are looked up.
  const signing = options.publicKey === undefined ? options : { ...options, signWith: 'false' }
  const errands = await withDesk(io, signing, async desk => {
    await deliverAll(desk)
    return desk.shelf.book().errands
  })
  const text = errands.length === 0 ? 'Nothing was signed here.\n' : errands.map(lineOf).join('')
  await finish(io, options, { text, answer: { records: errands.map(answerOf) } })
}

function answerOf({ record: { txid, claims }, stage, code }: Errand): Answer {
  return { txid: encodeHex(txid), kind: claims.kind, seq: claims.seq, stage, code: code === '' ? null : code }
}

function lineOf({ record: { txid, claims }, stage, code }: Errand): string {
  const isOver = stage === 'refused' || stage === 'never'
  const why = isOver ? `: ${refusalWords(code)}${code === '' ? '' : ` (${code})`}` : ''
  return `${claims.kind.padEnd(9)} ${claims.seq}  ${encodeHex(txid)}  ${stage}${why}\n`
}

import {
  type CounterView,
  canDispense,
  isSameMedicine,
  lookUp,
  prepareDispense,
  readSlip,
  type Slip,
} from '@chartseal/clinic/prescriptions'
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { quoted, visible } from '@chartseal/core/text'
import type { Command } from 'commander'
import { describeCommand, finish, parseCount } from '../../io/command.js'
import { AlreadyTold } from '../../io/errors.js'
import { inFile, readText } from '../../io/files.js'
import { type Io, write, writeLine } from '../../io/io.js'
import { oneSlipIn } from '../../io/ledger/slip-text.js'
import { type SigningOptions, withDesk, withSigning } from './desk.js'
import { signed, tell } from './signed.js'
import { verdictAnswer, verdictWords } from './verdict.js'

interface DispenseOptions extends SigningOptions {
  readonly units?: number
  readonly beside: readonly string[]
}

export function dispenseCommand(io: Io): Command {
  const command = describeCommand(
    'dispense',
    'Judge a slip as a counter does; with --units, dispense. Hand over nothing before it says so: the exit code is 0 then alone',
    'chartseal ledger dispense --desk pharmacy.desk slip.txt',
    'chartseal ledger dispense --desk pharmacy.desk --units 10 --yes slip.txt',
  )
  return withSigning(command)
    .option('--units <count>', 'dispense so many; without it nothing is signed', parseCount(1, 0xffff_ffff))
    .option(
      '--beside <file>',
      'another slip that the patient shows, once for each: the same medicine on both is told',
      (file: string, before: readonly string[]) => [...before, file],
      [],
    )
    .argument('[slip]', 'the slip, also in a mail as it came; - is stdin', '-')
    .action((file: string, options: DispenseOptions) => dispense(io, file, options))
}

async function dispense(io: Io, file: string, options: DispenseOptions): Promise<void> {
  const text = oneSlipIn(await readText(io, file), file)
  const { units } = options
  await withDesk(io, options, async desk => {
    const view = await lookUp(desk, text)
    const duplicates = await sameOn(io, view.slip, options.beside)
    if (units === undefined) return judge(io, options, view, duplicates)
    await write(io.stderr, visible(wordsOf(view)))
    // Refuses whatever is not ready, offline first of all.
    const record = await prepareDispense(desk, view, units)
    const delivery = await signed(io, desk, record, options)
    const left = 'left' in view.verdict ? view.verdict.left - units : 0
    const more = { prescription: encodeHex(view.slip.record.txid), units, left }
    const done = `Dispensed ${units}: hand them over. ${left} are left.`
    await tell(io, options, delivery, { done, txid: record.prepared.digest, more })
  })
}

/** The ledger cannot see it: whoever has the slips compares them. @throws ChartsealError `slip/…` */
async function sameOn(io: Io, slip: Slip, files: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const file of files) {
    const text = await readText(io, file)
    const other = await inFile(file, () => readSlip(oneSlipIn(text, file)))
    if (equal(other.record.txid, slip.record.txid) || !isSameMedicine(slip, other)) continue
    found.push(encodeHex(other.record.txid))
    await writeLine(
      io.stderr,
      `Note: ${file} is for the same medicine and the same patient: ask before you give out both.`,
    )
  }
  return found
}

/** @throws AlreadyTold for what cannot be dispensed */
async function judge(
  io: Io,
  options: DispenseOptions,
  view: CounterView,
  duplicates: readonly string[],
): Promise<void> {
  const { slip, words, prescriber, verdict } = view
  const by = prescriber === null ? null : prescriber.name
  const answer: Answer = {
    prescription: encodeHex(slip.record.txid),
    ...verdictAnswer(verdict),
    medicine: words.medicine,
    dosage: words.dosage,
    patient: slip.patientId,
    signed_by: by,
    is_signed: prescriber !== null,
    duplicates,
  }
  await finish(io, options, { text: wordsOf(view), answer })
  if (!canDispense(verdict)) throw new AlreadyTold()
}

function wordsOf({ slip, words, prescriber, verdict }: CounterView): string {
  const signature = prescriber === null ? 'not known to this ledger: not verified' : quoted(prescriber.name)
  const lines = [
    `Verdict       ${verdictWords(verdict)}`,
    `Medicine      ${quoted(words.medicine)}`,
    `Dosage        ${quoted(words.dosage)}`,
    `Patient       ${quoted(slip.patientId)}`,
    `Signed by     ${signature}`,
    `Prescription  ${encodeHex(slip.record.txid)}`,
  ]
  return `${lines.join('\n')}\n`
}

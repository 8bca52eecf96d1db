/** What is prescribed, from a file: a MedicationRequest of FHIR, the fields of a form, or a text. */
import type { NewOrder, OrderForm } from '@chartseal/clinic/prescriptions'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { expirySeconds, readMedicationRequest, unitsOf } from '@chartseal/emr-ledger/fhir'
import type { Command } from 'commander'
import { parseCount } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { inFile, readBytes } from '../../io/files.js'
import type { Io } from '../../io/io.js'

export interface OrderOptions {
  readonly patient: string
  readonly units?: number
  readonly days?: number
  readonly reference?: string
}

/** The medicine is in a file, because every process of the machine can read arguments. */
export function withOrder(command: Command): Command {
  return command
    .requiredOption('--patient <id>', 'whom it is for')
    .option('--units <count>', 'how many may be dispensed; else as the file says', parseCount(1, 0xffff_ffff))
    .option('--days <count>', 'for how many days it is good; else as the file says', parseCount(1, 3_650))
    .option('--reference <url>', 'where the sealed prescription may be had')
}

const daySeconds = 86_400

/** @throws UsageError; ChartsealError `medication/…`, `json/invalid` */
export async function readOrder(io: Io, file: string, options: OrderOptions): Promise<NewOrder> {
  const bytes = await readBytes(io, file)
  return inFile(file, () => orderOf(io, bytes, options))
}

function orderOf(io: Io, bytes: Uint8Array, { patient, units, days, reference }: OrderOptions): NewOrder {
  const json = objectIn(bytes)
  const isRequest = json?.raw('resourceType') === 'MedicationRequest'
  const said = isRequest ? readMedicationRequest(bytes).order : null
  const quantity = units ?? (said === null ? undefined : unitsOf(said).count)
  const validUntil =
    days === undefined ? said && expirySeconds(said) : nowSeconds(io) + BigInt(days * daySeconds)
  if (quantity === undefined || validUntil === null)
    throw new UsageError('give --units and --days, or a MedicationRequest that says both')
  const content = json === null || isRequest ? bytes : formIn(json)
  const order = { content, patientId: patient, quantity, validUntil }
  return reference === undefined ? order : { ...order, reference }
}

const nowSeconds = ({ clock }: Pick<Io, 'clock'>): bigint => BigInt(Math.floor(clock.nowMs() / 1_000))

/** `null` for a text. */
function objectIn(bytes: Uint8Array): JsonObject | null {
  const text = decodeUtf8(bytes)
  return /^\s*\{/.test(text) ? JsonObject.parse(text) : null
}

/** `{ "medicine", "dosage", "note", "code": { "system", "code" } }`, the last two if need be. */
function formIn(json: JsonObject): OrderForm {
  // A field that nobody reads would be prescribed by somebody who thinks that it counts.
  json.refuseOthers(['medicine', 'dosage', 'note', 'code'])
  const form = { medicine: json.text('medicine'), dosage: json.text('dosage') }
  const noted = json.has('note') ? { ...form, note: json.text('note') } : form
  if (!json.has('code')) return noted
  const code = json.object('code')
  code.refuseOthers(['system', 'code'])
  return { ...noted, code: { system: code.text('system'), code: code.text('code') } }
}

import { decodeHex } from '@chartseal/core/encoding'
import { toJsonText } from '@chartseal/core/json'
import { type ChainReader, createRecord, DoctorKey, hashKey, recordToJson } from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../../io/command.js'
import { UsageError } from '../../../io/errors.js'
import { inFile, readBytes, readLine } from '../../../io/files.js'
import type { Io } from '../../../io/io.js'
import { readSecret } from '../../../io/secrets.js'
import { type ArchiveOptions, parseU64, readingChain, withArchive } from './chain-file.js'

interface PrescribeOptions extends OutputOptions, ArchiveOptions {
  readonly keyFile?: string
  readonly patient?: string
  readonly patientKeyFile?: string
  readonly nonce?: bigint
  readonly chain?: string
}

export function prescribeCommand(io: Io): Command {
  const command = describeCommand(
    'prescribe',
    'Sign a prescription of at most 200 bytes; the result is a record, one line of JSON',
    "echo 'Ibuprofen 400 mg, 1-0-1' | chartseal ledger v1 prescribe --key-file doctor.pem --patient-key-file patient.pub --chain ledger.log",
    'chartseal ledger v1 prescribe --key-file doctor.pem --patient 2083cf265a647cd0da3bbf778c6016de2ec284c8 --nonce 1 rx.txt',
  )
  return withArchive(withOutput(command))
    .option('--key-file <file>', 'the key of the doctor, in PEM; else CHARTSEAL_DOCTOR_KEY')
    .option('--patient <hash>', 'the hash of the patient key, 40 hexadecimal digits')
    .option('--patient-key-file <file>', 'the patient key itself, bytes of any kind')
    .option('--nonce <number>', "one more than the doctor's last one", parseU64)
    .option(
      '--chain <file>',
      'take the nonce that comes next on this chain, 1 where there is none; of several before one block, give --nonce',
    )
    .argument('[file]', 'the prescription, one text; - is stdin', '-')
    .action((file: string, options: PrescribeOptions) => prescribe(io, file, options))
}

async function prescribe(io: Io, file: string, options: PrescribeOptions): Promise<void> {
  using key = await readDoctorKey(io, options.keyFile)
  const patientHash = await readPatient(io, options)
  const prescription = await readLine(io, file)
  const nonce = await nextNonce(io, options, key.doctorHash)
  const signed = await inFile(file, () => createRecord(key, { patientHash, prescription, nonce }))
  const record = recordToJson(signed)
  await finish(io, options, { text: `${toJsonText(record)}\n`, answer: record })
}

async function readDoctorKey(io: Io, file: string | undefined): Promise<DoctorKey> {
  const source = {
    file,
    option: '--key-file',
    variable: 'CHARTSEAL_DOCTOR_KEY',
    question: 'Key of the doctor, in PEM',
    isPem: true,
  }
  const pem = await readSecret(io, source)
  return file === undefined ? DoctorKey.parse(pem) : inFile(file, () => DoctorKey.parse(pem))
}

/** The hash of the patient key, from either option. @throws UsageError for none or both */
export async function readPatient(
  io: Io,
  { patient, patientKeyFile }: Pick<PrescribeOptions, 'patient' | 'patientKeyFile'>,
): Promise<Uint8Array> {
  if (patient !== undefined && patientKeyFile === undefined) return decodeHex(patient)
  if (patient === undefined && patientKeyFile !== undefined)
    return hashKey(await readBytes(io, patientKeyFile))
  throw new UsageError('give either --patient or --patient-key-file')
}

async function nextNonce(io: Io, options: PrescribeOptions, doctorHash: Uint8Array): Promise<bigint> {
  const { nonce, chain } = options
  if (nonce !== undefined && chain === undefined) return nonce
  if (nonce === undefined && chain !== undefined) {
    const next = async (opened: ChainReader): Promise<bigint> => opened.nonceOf(doctorHash) + 1n
    return (await readingChain(io, chain, 'may', options, next)).result
  }
  throw new UsageError('give either --nonce or --chain')
}

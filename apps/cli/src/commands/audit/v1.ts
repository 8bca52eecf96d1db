import { access } from 'node:fs/promises'
import { type AuditEvent, auditLog, type ReadResult } from '@chartseal/audit/v1'
import { type FileLog, openLog } from '@chartseal/core/files'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import type { Command } from 'commander'
import {
  type CommonOptions,
  describeCommand,
  describeGroup,
  finish,
  type OutputOptions,
  withOutput,
} from '../../io/command.js'
import { AlreadyTold } from '../../io/errors.js'
import { fileProblem, pathOf } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'
import { readKey } from '../../io/secrets.js'

/** `chartseal audit v1 append|list`: the published format, in a file. */
export function auditV1Command(io: Io): Command {
  return describeGroup(
    'audit v1',
    'Write and read the published format, which does not notice dropped or swapped entries',
    appendCommand(io),
    listCommand(io),
  )
}

interface LogOptions extends CommonOptions {
  readonly log: string
  readonly keyFile?: string
}

function withLog(command: Command): Command {
  return command
    .requiredOption('--log <file>', 'the file of the log')
    .option('--key-file <file>', 'the log key, 64 hexadecimal digits; else CHARTSEAL_KEY or a prompt')
}

interface AppendOptions extends LogOptions {
  readonly actor: string
  readonly action: string
  readonly patient: string
}

function appendCommand(io: Io): Command {
  const command = describeCommand(
    'append',
    'Add an entry with the time of this machine; it is on the disk when the command ends',
    "chartseal audit v1 append --log audit.log --key-file audit.key --actor 'Dr. García' --action open --patient PAT-1",
  )
  return withLog(command)
    .requiredOption('--actor <name>', 'who did it')
    .requiredOption('--action <name>', 'what was done')
    .requiredOption('--patient <id>', 'whose data it concerns')
    .action((options: AppendOptions) => append(io, options))
}

async function append(io: Io, options: AppendOptions): Promise<void> {
  const event: AuditEvent = { actor: options.actor, action: options.action, patientId: options.patient }
  using key = await readKey(io, options.keyFile)
  const { index, record } = await withOpenLog(io, options, log =>
    auditLog(key, log, { clock: io.clock, random: io.random }).append(event),
  )
  await finish(io, options, { text: `Entry ${index} is kept.\n`, answer: { index, record } })
}

interface ListOptions extends LogOptions, OutputOptions {
  readonly lenient?: boolean
}

function listCommand(io: Io): Command {
  const command = describeCommand(
    'list',
    'List the entries in order; an unreadable one is listed with its reason, and the exit code is 1',
    'chartseal audit v1 list --log audit.log --key-file audit.key',
  )
  return withOutput(withLog(command))
    .option('--lenient', 'read base64 as laxly as the seed did, for archives')
    .action((options: ListOptions) => list(io, options))
}

async function list(io: Io, options: ListOptions): Promise<void> {
  await access(pathOf(io, options.log)).catch(error => {
    throw fileProblem('read', options.log, error)
  })
  using key = await readKey(io, options.keyFile)
  const { lenient = false } = options
  const results = await withOpenLog(io, options, log => collect(auditLog(key, log).readAll({ lenient })))
  await finish(io, options, { text: results.map(describe).join(''), answer: toAnswer(results), secret: true })
  if (results.some(result => 'error' in result)) throw new AlreadyTold()
}

async function collect(results: AsyncIterable<ReadResult>): Promise<ReadResult[]> {
  const collected: ReadResult[] = []
  for await (const result of results) collected.push(result)
  return collected
}

async function withOpenLog<Result>(
  io: Io,
  options: LogOptions,
  use: (log: FileLog) => Promise<Result>,
): Promise<Result> {
  const log = await openLog(pathOf(io, options.log), { kind: 'audit/v1', random: io.random })
  try {
    const { cutBytes } = log.recovered
    if (cutBytes > 0) await writeLine(io.stderr, `${cutBytes} bytes of an interrupted write were cut.`)
    return await use(log)
  } finally {
    await log.close()
  }
}

function describe(result: ReadResult): string {
  if ('error' in result) return `${result.index}  unreadable: ${result.error.code}\n`
  const { ts, actor, action, patientId } = result.entry
  return `${[result.index, ts, ...[actor, action, patientId].map(quoted)].join('  ')}\n`
}

function toAnswer(results: readonly ReadResult[]): Answer {
  return {
    entries: results.flatMap(result => ('entry' in result ? [entryAnswer(result.index, result.entry)] : [])),
    errors: results.flatMap(({ index, ...rest }) =>
      'error' in rest ? [{ index, code: rest.error.code }] : [],
    ),
  }
}

function entryAnswer(index: number, entry: AuditEvent & { readonly ts: string }): Answer {
  const { ts, actor, action, patientId } = entry
  return { index, ts, actor, action, patient_id: patientId }
}

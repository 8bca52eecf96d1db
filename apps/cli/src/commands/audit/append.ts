import { createInterface } from 'node:readline'
import type { EntryRequest } from '@chartseal/audit'
import { parseRecordLine } from '@chartseal/audit'
import { openAuditFolder } from '@chartseal/clinic/fs'
import { ChartsealError } from '@chartseal/core/errors'
import type { LogWriter } from '@chartseal/tlog'
import { type Command, Option } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { streamOf } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'
import { startCounter } from '../../io/terminal.js'
import { auditFolderError } from './errors.js'
import { type OwnOptions, placeOf, withOwn } from './options.js'
import type { SourceOptions } from './source.js'
import { cosignWith } from './witnesses.js'

/** So many appends share the disk; more would only wait. */
const inFlight = 4096
const idBytes = 16

interface AppendOptions extends OwnOptions, SourceOptions {
  readonly fhir: 'R4' | 'R5'
}

export function appendCommand(io: Io): Command {
  const command = describeCommand(
    'append',
    'Append records, one JSON object a line: actor, action, patient, source, and what else a record has',
    'chartseal audit append audit < events.ndjson',
    `echo '{"actor":"Dr. Okafor","action":"read","patient":"PAT-1","source":"ward 3"}' | chartseal audit append audit`,
  )
  return withOwn(command)
    .addOption(
      new Option('--fhir <version>', 'of AuditEvent resources among the lines')
        .choices(['R4', 'R5'])
        .default('R4'),
    )
    .option('--policy <file>', 'a C2SP policy: its witnesses are asked, and enough must cosign')
    .option('--allow-weak', 'take a policy under which two histories could be accepted')
    .argument('<folder>')
    .argument('[file]', 'the lines; - is stdin', '-')
    .action(async (folder: string, file: string, options: AppendOptions) => {
      const cosign = options.policy === undefined ? {} : await cosignWith(io, options.policy, options)
      const place = await openAuditFolder(placeOf(io, folder, options), cosign)
      const { writer } = place
      const before = writer.size
      const lines = await appendAll(io, place.writer, file, options).finally(() => place.close())
      if (writer.witnessError !== null) throw writer.witnessError
      const told = { lines, appended: writer.size - before, size: writer.size }
      const text = `${told.appended} entries appended; the log has ${told.size}\n`
      await finish(io, options, { text, answer: { ...told, checkpoint: writer.checkpoint } })
    })
}

/** Reads on while the disk works, and stops at the first line that is refused. How many lines are in the log. */
async function appendAll(
  io: Io,
  writer: LogWriter<EntryRequest>,
  file: string,
  { fhir }: AppendOptions,
): Promise<number> {
  const progress = await startCounter(io, 'Appended')
  const waiting = new Set<Promise<void>>()
  let [line, done] = [0, 0]
  let failure: unknown = null
  try {
    for await (const text of createInterface({
      input: await streamOf(io, file),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      line++
      if (text.trim() === '') continue
      const request = requestOf(io, text, line, fhir)
      const appended = writer.append(request).then(
        () => progress.update(++done),
        error => {
          failure ??= error
        },
      )
      waiting.add(appended)
      void appended.then(() => waiting.delete(appended))
      if (waiting.size >= inFlight) await Promise.race(waiting)
      if (failure !== null) break
    }
  } finally {
    await Promise.all(waiting)
    progress.stop()
  }
  if (failure !== null) {
    await writeLine(io.stderr, `${done} lines are in the log`)
    throw failure
  }
  return done
}

function requestOf(io: Io, text: string, line: number, fhir: 'R4' | 'R5'): EntryRequest {
  try {
    const { id, record } = parseRecordLine(text, io.clock.nowMs(), fhir)
    if (id !== null && id.length !== idBytes)
      throw auditFolderError('audit/bad-line', { line, reason: 'its id has not 16 bytes.' })
    return { id: id ?? io.random.bytes(idBytes), record }
  } catch (error) {
    throw auditFolderError('audit/bad-line', {
      line,
      reason: error instanceof ChartsealError ? error.message : 'it is not JSON.',
    })
  }
}

import { stat } from 'node:fs/promises'
import { type EntryRequest, parseRecordLine } from '@chartseal/audit'
import { type AuditFolder, openAuditFolder } from '@chartseal/clinic/fs/audit'
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { type Command, Option } from 'commander'
import { describeCommand, finish } from '../../io/command.js'
import { pathOf, streamOf } from '../../io/files.js'
import { type Io, writeLine } from '../../io/io.js'
import { type Line, linesOf, namingLine, refuseOtherLines } from '../../io/lines.js'
import { type Progress, startCounter } from '../../io/terminal.js'
import { placeOf, requirePublished, type WriterOptions, withWriter, writerExtras } from './options.js'

/** Appends in flight; more gain nothing, the disk is busy. */
const inFlight = 4096
const idBytes = 16

interface AppendOptions extends WriterOptions {
  readonly fhir: 'R4' | 'R5'
  readonly keepUnmapped?: boolean
}

export function appendCommand(io: Io): Command {
  const command = describeCommand(
    'append',
    'Append records, one JSON object a line: actor, action, patient, source, and what else a record has. Of a file all lines or none are taken; a stream line by line',
    'chartseal audit append audit events.ndjson',
    `echo '{"actor":"Dr. Okafor","action":"read","patient":"PAT-1","source":"ward 3"}' | chartseal audit append audit`,
  )
  return withWriter(command)
    .addOption(
      new Option('--fhir <version>', 'of AuditEvent resources among the lines')
        .choices(['R4', 'R5'])
        .default('R4'),
    )
    .option(
      '--keep-unmapped',
      'keep what else an AuditEvent says as one sealed text, in place of refusing it',
    )
    .argument('<folder>')
    .argument('[file]', 'the lines; - is stdin', '-')
    .action(async (folder: string, file: string, options: AppendOptions) => {
      const opened = await openAuditFolder(placeOf(io, folder, options), await writerExtras(io, options))
      const { writer } = opened
      const before = writer.size
      const appending = new Appending(io, opened, file, options)
      const lines = await appending.run().finally(() => opened.close())
      const told = { lines, appended: writer.size - before, size: writer.size }
      const text = `${told.appended} entries appended; the log has ${told.size}\n`
      if (writer.witnessError !== null) await writeLine(io.stderr, `not published yet: ${text.trimEnd()}`)
      requirePublished(writer)
      await finish(io, options, { text, answer: { ...told, checkpoint: writer.checkpoint } })
    })
}

interface Prepared {
  readonly line: Line
  readonly request: EntryRequest
}

class Appending {
  readonly #io: Io
  readonly #opened: AuditFolder
  readonly #file: string
  readonly #options: AppendOptions
  readonly #waiting = new Set<Promise<void>>()
  /** Numbers of the lines that are in the log. */
  readonly #done: number[] = []
  #failure: { readonly error: unknown } | null = null

  constructor(io: Io, opened: AuditFolder, file: string, options: AppendOptions) {
    this.#io = io
    this.#opened = opened
    this.#file = file
    this.#options = options
  }

  /** How many lines are in the log. */
  async run(): Promise<number> {
    const isFile = await this.#isFile()
    if (isFile) await this.#checkAll()
    const progress = await startCounter(this.#io, 'Appended')
    try {
      await this.#appendAll(isFile, progress)
    } finally {
      progress.stop()
    }
    return this.#done.length
  }

  async #isFile(): Promise<boolean> {
    if (this.#file === '-') return false
    const found = await stat(pathOf(this.#io, this.#file)).catch(() => null)
    return found?.isFile() ?? false
  }

  /** A file can be read twice: nothing of it is appended unless all of it can be. */
  async #checkAll(): Promise<void> {
    try {
      for await (const { line, request } of this.#requests(true)) {
        await this.#opened.check(request).catch(error => {
          throw namingLine(this.#file, line.number, error)
        })
      }
    } catch (error) {
      await writeLine(this.#io.stderr, 'Nothing of this file was appended.')
      throw error
    }
  }

  /** Reads on while the disk works, and stops at the first line that is refused. */
  async #appendAll(isFile: boolean, progress: Progress): Promise<void> {
    try {
      for await (const prepared of this.#requests(isFile)) {
        if (this.#failure !== null) break
        this.#start(prepared, progress)
        if (this.#waiting.size >= inFlight) await Promise.race(this.#waiting)
      }
    } catch (error) {
      this.#failure ??= { error }
    }
    await Promise.all(this.#waiting)
    if (this.#failure === null) return
    await writeLine(this.#io.stderr, whatIsIn(this.#done))
    throw this.#failure.error
  }

  #start({ line, request }: Prepared, progress: Progress): void {
    const appended = this.#opened.writer.append(request).then(
      () => progress.update(this.#done.push(line.number)),
      (error: unknown) => {
        this.#failure ??= { error: namingLine(this.#file, line.number, error) }
      },
    )
    this.#waiting.add(appended)
    void appended.then(() => this.#waiting.delete(appended))
  }

  async *#requests(isFile: boolean): AsyncGenerator<Prepared, void, undefined> {
    const nowMs = this.#io.clock.nowMs()
    let before: Uint8Array = new Uint8Array(0)
    for await (const line of linesOf(await streamOf(this.#io, this.#file), this.#file)) {
      before = lineHash(before, line.text)
      yield { line, request: this.#requestOf(line, nowMs, isFile ? before.slice(0, idBytes) : null) }
    }
  }

  /**
   * An event of a file that says when it happened has one id by what the file says up to there: appending the file again,
   * or once it has grown, takes up where it stopped. Any other event without an id is a new one.
   */
  #requestOf(line: Line, nowMs: number, idByPlace: Uint8Array | null): EntryRequest {
    try {
      refuseOtherLines(line.text)
      const { fhir, keepUnmapped = false } = this.#options
      const { id, record, isDated } = parseRecordLine(line.text, nowMs, fhir, { keepUnmapped })
      return { id: id ?? (isDated ? idByPlace : null) ?? this.#io.random.bytes(idBytes), record }
    } catch (error) {
      throw namingLine(this.#file, line.number, namingOption(error))
    }
  }
}

function namingOption(error: unknown): unknown {
  if (!(error instanceof ChartsealError) || error.code !== 'fhir/not-kept') return error
  const { code, message, context } = error
  return new ChartsealError(
    code,
    `${message} With --keep-unmapped most elements are kept as sealed text.`,
    context,
  )
}

const label = encodeUtf8('chartseal/audit-line/v2')

function lineHash(before: Uint8Array, text: string): Uint8Array {
  return defaultEngine().sha256(concat(label, before, encodeUtf8(text)))
}

/** Which lines are in the log: blank ones between them make gaps, too. */
function whatIsIn(numbers: readonly number[]): string {
  const ranges = rangesOf([...numbers].sort((one, other) => one - other))
  return ranges.length === 0 ? 'No line is in the log.' : `In the log are the lines ${ranges.join(', ')}.`
}

function rangesOf(numbers: readonly number[]): readonly string[] {
  const starts = numbers.filter((number, i) => numbers[i - 1] !== number - 1)
  const ends = numbers.filter((number, i) => numbers[i + 1] !== number + 1)
  return starts.map((start, i) => (start === ends[i] ? `${start}` : `${start} to ${ends[i]}`))
}

import { runners as clinic } from '@chartseal/clinic/vectors'
import { formats, runners } from '@chartseal/conformance/vectors'
import { createJsEngine, createWasmEngine, defaultEngine, type Engine } from '@chartseal/core/engine'
import { toJsonText } from '@chartseal/core/json'
import { type Command, Option } from 'commander'
import { type CommonOptions, describeCommand } from '../io/command.js'
import { AlreadyTold } from '../io/errors.js'
import { fileProblem, pathOf } from '../io/files.js'
import { type Io, writeLine } from '../io/io.js'
import { slip39Words } from '../io/slip39-words.js'
import { painter } from '../io/terminal.js'
import { runners as appendLogs } from './vectors/append-logs.js'
import { runners as desk } from './vectors/desk-files.js'
import {
  type CaseFailure,
  type FileResult,
  type FolderResult,
  jsonFiles,
  runFiles,
} from './vectors/run-folder.js'

interface VectorsOptions extends CommonOptions {
  readonly engine?: 'js' | 'wasm'
  readonly color: boolean
}

/** `chartseal vectors FOLDER`: does this build agree with results that it did not compute itself? */
export function vectorsCommand(io: Io): Command {
  return describeCommand('vectors', 'Run the test vectors of a folder', 'chartseal vectors vectors/seeds')
    .argument(
      '<folder>',
      'a folder of JSON files: ours by name, those of Wycheproof, SLIP-0039 and RFC 6962 proofs by content',
    )
    .addOption(new Option('--engine <name>', 'the engine of the hot path').choices(['js', 'wasm']))
    .action(async (folder: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<VectorsOptions>()
      const files = await jsonFilesOf(io, folder)
      const result = await runFiles(
        pathOf(io, folder),
        files,
        { runners: { ...runners, ...clinic, ...desk, ...appendLogs }, formats: formats(slip39Words()) },
        engineNamed(options.engine),
      )
      const totals = total(result.files)
      if (options.json === true) await printJson(io, result, totals)
      else await printTable(io, result, totals, options.color)
      const clean = totals.cases > 0 && totals.failed === 0 && result.unknown.length === 0
      if (!clean) throw new AlreadyTold()
    })
}

async function jsonFilesOf(io: Io, folder: string): Promise<readonly string[]> {
  try {
    return await jsonFiles(pathOf(io, folder))
  } catch (error) {
    throw fileProblem('read', folder, error)
  }
}

function engineNamed(name: 'js' | 'wasm' | undefined): Engine {
  if (name === undefined) return defaultEngine()
  return name === 'js' ? createJsEngine() : createWasmEngine()
}

type Totals = Omit<FileResult, 'file'>

function total(files: readonly FileResult[]): Totals {
  const sum = (field: keyof Totals): number => files.reduce((all, file) => all + file[field], 0)
  return {
    cases: sum('cases'),
    passed: sum('passed'),
    failed: sum('failed'),
    not_applicable: sum('not_applicable'),
  }
}

async function printJson(io: Io, { files, unknown, failures }: FolderResult, totals: Totals): Promise<void> {
  for (const failure of failures) await writeLine(io.stderr, describe(failure))
  await writeLine(io.stdout, toJsonText({ files: files.map(file => ({ ...file })), unknown, ...totals }))
}

async function printTable(io: Io, result: FolderResult, totals: Totals, color: boolean): Promise<void> {
  const paint = painter(io, color)
  const width = Math.max(
    ...[...result.files.map(({ file }) => file), ...result.unknown].map(name => name.length),
    5,
  )
  for (const file of result.files) {
    const row = `${file.file.padEnd(width)}  ${counts(file)}`
    await writeLine(io.stdout, file.failed > 0 ? paint.bad(row) : row)
    for (const failure of result.failures.filter(one => one.file === file.file)) {
      await writeLine(io.stdout, paint.bad(`  ${describe(failure)}`))
    }
  }
  for (const file of result.unknown)
    await writeLine(io.stdout, paint.bad(`${file.padEnd(width)}  unknown file`))
  const good = totals.cases > 0 && totals.failed === 0 && result.unknown.length === 0
  const summary = `${'total'.padEnd(width)}  ${counts(totals)}`
  await writeLine(io.stdout, good ? paint.good(summary) : paint.bad(summary))
}

function counts({ cases, passed, failed, not_applicable }: Totals): string {
  const column = (value: number, word: string): string => `${String(value).padStart(5)} ${word}`
  return [
    column(cases, 'cases'),
    column(passed, 'passed'),
    column(failed, 'failed'),
    column(not_applicable, 'not applicable'),
  ].join('  ')
}

function describe({ file, place, reason }: CaseFailure): string {
  return `${file}${place === null ? '' : ` ${place}`}: ${reason}`
}

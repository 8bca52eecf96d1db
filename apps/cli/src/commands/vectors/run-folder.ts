import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import {
  type CaseRunner,
  type FormatCase,
  NotApplicable,
  type VectorContext,
  type VectorFormat,
  type VectorRunners,
} from '@chartseal/core/vectors'
import { messageOf } from '../../io/errors.js'

/** How the cases of one file went. */
export interface FileResult {
  readonly file: string
  readonly cases: number
  readonly passed: number
  readonly failed: number
  readonly not_applicable: number
}

/** Why one case, or a whole file that cannot be read, failed. */
export interface CaseFailure {
  readonly file: string
  /** Which case; `null`: the file as a whole. */
  readonly place: string | null
  readonly reason: string
}

export interface FolderResult {
  readonly files: readonly FileResult[]
  /** JSON files that no package has a runner for. */
  readonly unknown: readonly string[]
  readonly failures: readonly CaseFailure[]
}

/** What this build can run: its own files by their names, those of others by what they say. */
export interface Known {
  readonly runners: VectorRunners
  readonly formats: readonly VectorFormat[]
}

/** Runs every case of every file. */
export async function runFiles(
  folder: string,
  names: readonly string[],
  known: Known,
  engine: Engine,
): Promise<FolderResult> {
  const files: FileResult[] = []
  const unknown: string[] = []
  const failures: CaseFailure[] = []
  const sibling = siblings(folder)
  for (const file of names) {
    const result = await runFile({ folder, file, engine, sibling }, known, failures)
    if (result === null) unknown.push(file)
    else files.push(result)
  }
  return { files, unknown, failures }
}

/** The `*.json` of a folder in order; other files are ignored. */
export async function jsonFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter(entry => !entry.isDirectory()).map(entry => entry.name)
  return names.filter(name => name.endsWith('.json')).sort()
}

interface FileRun extends Pick<VectorContext, 'engine' | 'sibling'> {
  readonly folder: string
  readonly file: string
}

/** `null` for a file that nobody knows. */
async function runFile(run: FileRun, known: Known, failures: CaseFailure[]): Promise<FileResult | null> {
  const { file, engine } = run
  const tally = { cases: 0, passed: 0, failed: 0, not_applicable: 0 }
  try {
    const cases = await casesOf(run, known)
    if (cases === null) return null
    for (const one of cases) {
      tally.cases++
      const reason = await runCase(one, engine)
      if (reason === null) tally.passed++
      else if (reason === notApplicable) tally.not_applicable++
      else {
        tally.failed++
        failures.push({ file, place: one.name, reason })
      }
    }
  } catch (error) {
    tally.failed++
    failures.push({ file, place: null, reason: messageOf(error) })
  }
  return { file, ...tally }
}

async function casesOf(run: FileRun, { runners, formats }: Known): Promise<readonly FormatCase[] | null> {
  const text = await readFile(join(run.folder, run.file), 'utf8')
  const document = parsed(text)
  for (const read of formats) {
    const cases = read(document)
    if (cases !== null) return cases
  }
  const name = run.file.slice(0, -'.json'.length)
  const runner = Object.hasOwn(runners, name) ? runners[name] : undefined
  return runner === undefined ? null : namedCases(runner, JsonObject.parse(text), run)
}

/** A file of our own: a list of `cases`. */
function namedCases(run: CaseRunner, file: JsonObject, { engine, sibling }: FileRun): readonly FormatCase[] {
  return file.objects('cases').map((testCase, index) => ({
    name: `cases[${index}]`,
    run: () => run(testCase, { file, engine, sibling }),
  }))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const notApplicable = Symbol('not applicable')

async function runCase(one: FormatCase, engine: Engine): Promise<null | string | typeof notApplicable> {
  try {
    await one.run(engine)
    return null
  } catch (error) {
    return error instanceof NotApplicable ? notApplicable : messageOf(error)
  }
}

/** Other files of the folder, read once. */
function siblings(folder: string): (name: string) => JsonObject {
  const known = new Map<string, JsonObject>()
  return name => {
    const found = known.get(name) ?? JsonObject.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
    known.set(name, found)
    return found
  }
}

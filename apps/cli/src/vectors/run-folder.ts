import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import {
  type CaseRunner,
  NotApplicable,
  type VectorContext,
  type VectorRunners,
} from '@chartseal/core/vectors'
import { messageOf } from '../io/errors.js'

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
  /** `null`: the file as a whole. */
  readonly index: number | null
  readonly reason: string
}

export interface FolderResult {
  readonly files: readonly FileResult[]
  /** JSON files that no package has a runner for. */
  readonly unknown: readonly string[]
  readonly failures: readonly CaseFailure[]
}

/** Runs every case of every file. */
export async function runFiles(
  folder: string,
  names: readonly string[],
  runners: VectorRunners,
  engine: Engine,
): Promise<FolderResult> {
  const files: FileResult[] = []
  const unknown: string[] = []
  const failures: CaseFailure[] = []
  for (const file of names) {
    const name = file.slice(0, -'.json'.length)
    const run = Object.hasOwn(runners, name) ? runners[name] : undefined
    if (run === undefined) unknown.push(file)
    else files.push(await runFile({ folder, file, run, engine }, failures))
  }
  return { files, unknown, failures }
}

/** The `*.json` of a folder in order; other files are ignored. */
export async function jsonFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter(entry => !entry.isDirectory()).map(entry => entry.name)
  return names.filter(name => name.endsWith('.json')).sort()
}

interface FileRun {
  readonly folder: string
  readonly file: string
  readonly run: CaseRunner
  readonly engine: Engine
}

async function runFile({ folder, file, run, engine }: FileRun, failures: CaseFailure[]): Promise<FileResult> {
  const tally = { cases: 0, passed: 0, failed: 0, not_applicable: 0 }
  try {
    const whole = JsonObject.parse(await readFile(join(folder, file), 'utf8'))
    const context = { file: whole, engine, sibling: siblings(folder) }
    for (const [index, testCase] of whole.objects('cases').entries()) {
      tally.cases++
      const reason = await runCase(run, testCase, context)
      if (reason === null) tally.passed++
      else if (reason === notApplicable) tally.not_applicable++
      else {
        tally.failed++
        failures.push({ file, index, reason })
      }
    }
  } catch (error) {
    tally.failed++
    failures.push({ file, index: null, reason: messageOf(error) })
  }
  return { file, ...tally }
}

const notApplicable = Symbol('not applicable')

async function runCase(
  run: CaseRunner,
  testCase: JsonObject,
  context: VectorContext,
): Promise<null | string | typeof notApplicable> {
  try {
    await run(testCase, context)
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

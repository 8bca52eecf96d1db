import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { NotApplicable, type VectorFormat, type VectorRunners } from '@chartseal/core/vectors'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A folder of the project's own `vectors/`, such as `seeds`. */
export function vectorFolder(name: string): string {
  return join(root, 'vectors', name)
}

/** Vectors and data that are read and never committed; `null` where the machine has none. */
export function sharedFolder(...path: readonly string[]): string | null {
  const folder = resolve(root, process.env['CHARTSEAL_SHARED'] ?? '../shared', ...path)
  return existsSync(folder) ? folder : null
}

/** One test per case of every file that `runners` names, on each of the engines. */
export function runVectorSuite(
  folder: string,
  runners: VectorRunners,
  engines: readonly Engine[] = [defaultEngine()],
): void {
  const load = (name: string): JsonObject =>
    JsonObject.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
  const cases = Object.entries(runners).flatMap(([name, run]) => {
    const file = load(name)
    return file.objects('cases').map((testCase, index) => ({ name, index, file, testCase, run }))
  })
  describe.each(engines)('vectors on the $name engine', engine => {
    it.each(cases)('$name[$index]', async ({ file, testCase, run }) => {
      await run(testCase, { file, sibling: load, engine })
    })
  })
}

/** One test per case of a shared file, on each of the engines; skipped by name where the machine has no such file. */
export function runSharedSuite(
  file: readonly string[],
  format: VectorFormat,
  engines: readonly Engine[] = [defaultEngine()],
): void {
  const path = sharedFolder('vectors', ...file)
  const cases = path === null ? [] : (format(JSON.parse(readFileSync(path, 'utf8'))) ?? [])
  describe.skipIf(path === null)(file.join('/'), () => {
    it('has cases', () => expect(cases.length).toBeGreaterThan(0))
    describe.each(engines)('on the $name engine', engine => {
      it.each(cases)('$name', ({ run }) => unlessNotApplicable(() => run(engine)))
    })
  })
}

/** Runs a case, and passes when it is not applicable. */
async function unlessNotApplicable(attempt: () => void | Promise<void>): Promise<void> {
  try {
    await attempt()
  } catch (error) {
    if (!(error instanceof NotApplicable)) throw error
  }
}

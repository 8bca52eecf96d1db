/** One line for each workspace whose tests are through; of single tests only those that fail, in full. */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { DefaultReporter } from 'vitest/node'
import { folderOfTest, root } from './workspace.mjs'

const seconds = ms => `${(ms / 1000).toFixed(1)} s`

const fileOf = module => ({
  name: module.moduleId,
  status: module.state() === 'failed' ? 'failed' : 'passed',
  message: module.errors()[0]?.message ?? '',
  assertionResults: [...module.children.allTests()].map(test => ({
    fullName: test.fullName,
    status: test.result().state,
    duration: test.diagnostic()?.duration ?? 0,
  })),
})

// Twice what the longest file takes on a busy machine. Vitest ends a test that waits too long, but not one that loops
// or waits for a process without looking up.
const slowMs = 120_000
const watchMs = 10_000

export default class CalmReporter extends DefaultReporter {
  #open = new Map()
  #outputFile
  #startTime = 0
  #ended = []
  #running = new Map()
  #watch

  /** `outputFile` gets what the launcher reads: the start, the files, and how many errors belonged to no test. */
  constructor({ outputFile }) {
    super({ summary: false, silent: 'passed-only' })
    this.#outputFile = outputFile
  }

  onInit(ctx) {
    this.ctx = ctx
  }

  onTestRunStart(specifications) {
    this.#startTime = Date.now()
    for (const { moduleId } of specifications) {
      const name = folderOfTest(moduleId)
      const { files } = this.#open.get(name) ?? { files: 0 }
      this.#open.set(name, { files: files + 1, tests: 0, ms: 0 })
    }
    this.#watch = setInterval(() => this.#look(), watchMs)
    this.#watch.unref()
    super.onTestRunStart(specifications)
  }

  onTestModuleQueued(module) {
    this.#running.set(module.moduleId, { sinceMs: Date.now(), isTold: false })
  }

  onTestRunEnd(modules, errors, reason) {
    clearInterval(this.#watch)
    super.onTestRunEnd(modules, errors, reason)
    this.#write(errors.length, modules.map(fileOf))
  }

  printTestModule(module) {
    this.#running.delete(module.moduleId)
    this.#ended.push(fileOf(module))
    if (module.state() === 'failed') super.printTestModule(module)
    const row = this.#open.get(folderOfTest(module.moduleId))
    row.files -= 1
    row.ms += module.diagnostic().duration
    row.tests += [...module.children.allTests()].length
    if (row.files === 0)
      this.log(`  ${folderOfTest(module.moduleId)}: ${row.tests} tests, ${seconds(row.ms)}`)
  }

  /** The launcher's own table comes next. */
  reportTestSummary() {}

  #write(strayErrors, testResults) {
    writeFileSync(this.#outputFile, JSON.stringify({ startTime: this.#startTime, strayErrors, testResults }))
  }

  /** A run that has to be ended from outside has told which files hung, and left the results of the others. */
  #look() {
    const nowMs = Date.now()
    const slow = [...this.#running].filter(([, { sinceMs }]) => nowMs - sinceMs >= slowMs)
    for (const [name, file] of slow.filter(([, { isTold }]) => !isTold)) {
      this.log(`  ${relative(root, name)} has not ended after ${seconds(nowMs - file.sinceMs)}`)
      file.isTold = true
    }
    if (slow.length === 0) return
    const hanging = slow.map(([name, { sinceMs }]) => ({
      name,
      status: 'failed',
      message: `had not ended after ${seconds(nowMs - sinceMs)}`,
      assertionResults: [],
    }))
    this.#write(1, [...this.#ended, ...hanging])
  }
}

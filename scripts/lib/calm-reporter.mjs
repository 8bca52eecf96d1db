/** One line for each workspace whose tests are through; of single tests only those that fail, in full. */
import { writeFileSync } from 'node:fs'
import { DefaultReporter } from 'vitest/node'

const seconds = ms => `${(ms / 1000).toFixed(1)} s`

/** `packages/core, alone` and `packages/core` are two projects of one workspace. */
const workspaceOf = ({ project }) => project.name.split(', ')[0]

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

export default class CalmReporter extends DefaultReporter {
  #open = new Map()
  #outputFile
  #startTime = 0

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
    for (const specification of specifications) {
      const name = workspaceOf(specification)
      const { files } = this.#open.get(name) ?? { files: 0 }
      this.#open.set(name, { files: files + 1, tests: 0, ms: 0 })
    }
    super.onTestRunStart(specifications)
  }

  onTestRunEnd(modules, errors, reason) {
    super.onTestRunEnd(modules, errors, reason)
    const results = {
      startTime: this.#startTime,
      strayErrors: errors.length,
      testResults: modules.map(fileOf),
    }
    writeFileSync(this.#outputFile, JSON.stringify(results))
  }

  printTestModule(module) {
    if (module.state() === 'failed') super.printTestModule(module)
    const row = this.#open.get(workspaceOf(module))
    row.files -= 1
    row.ms += module.diagnostic().duration
    row.tests += [...module.children.allTests()].length
    if (row.files === 0) this.log(`  ${workspaceOf(module)}: ${row.tests} tests, ${seconds(row.ms)}`)
  }

  /** The launcher's own table comes next. */
  reportTestSummary() {}
}

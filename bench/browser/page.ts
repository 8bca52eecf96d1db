/** The page: runs the checks, then measures, and keeps the whole result in it as JSON. */
import type { CaseResult } from '../dist/measure.js'
import type { PageResult } from '../dist/page/findings.js'
import { runChecks } from './checks.js'
import { drawCase, drawCheck, drawMachine, setStatus } from './draw.js'
import { measureFigures } from './figures.js'
import { situationOf } from './situation.js'

const situation = situationOf(location.pathname)

/** `?samples=0` checks only; `?warm-up=0` is for those who do not care for the figures. */
const option = (name: string, byDefault: number): number => {
  const value = Number(new URLSearchParams(location.search).get(name) ?? byDefault)
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is not a number of that kind`)
  return value
}

async function run(): Promise<PageResult> {
  drawMachine(situation)
  setStatus('Checking…')
  const checks = await runChecks(situation, drawCheck)
  const failed = checks.flatMap(check => check.failures).length
  const figures = situation.workers === 'refused' ? [] : await figuresOf()
  setStatus(failed === 0 ? 'Done: every check holds.' : `Done: ${failed} checks do not hold.`)
  return { situation: situation.name, checks, figures, broken: null }
}

async function figuresOf(): Promise<readonly CaseResult[]> {
  const samples = option('samples', 7)
  if (samples === 0) return []
  setStatus('Measuring: leave this page in front.')
  return await measureFigures({ samples, warmUpMs: option('warm-up', 250) }, drawCase)
}

function keep(result: PageResult): void {
  const element = document.createElement('script')
  element.id = 'result'
  element.type = 'application/json'
  element.textContent = JSON.stringify(result)
  document.body.append(element)
}

try {
  keep(await run())
} catch (error) {
  setStatus(`Stopped: ${error}`)
  keep({ situation: situation.name, checks: [], figures: [], broken: `${error}` })
}

/** Draws results as lists and tables; the bars only repeat what a table's numbers say. */
import { defaultEngine } from '@chartseal/core/engine'
import type { CaseResult, Row } from '../dist/measure.js'
import type { CheckResult } from '../dist/page/findings.js'
import type { Situation } from './situation.js'

type Child = Node | string

function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: Child[]
): HTMLElement {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

function place(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`internal: the page has no element ${id}`)
  return found
}

export function setStatus(text: string): void {
  place('status').textContent = text
}

export function drawMachine({ workers }: Situation): void {
  const engine = defaultEngine()
  const facts = {
    Browser:
      /(Firefox|Edg|Chrome|Version)\/[\d.]+/.exec(navigator.userAgent)?.[0].replace('/', ' ') ?? 'unknown',
    Threads: `${navigator.hardwareConcurrency}`,
    Engine: engine.name === 'wasm' ? 'WebAssembly' : 'JavaScript',
    Workers: workers,
  }
  const pairs = Object.entries(facts).map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, value)),
  )
  place('machine').append(...pairs)
}

export function drawCheck({ name, passed, failures, notes, seconds }: CheckResult): void {
  const good = failures.length === 0
  const sum = good ? `${passed} hold` : `${failures.length} of ${passed + failures.length} do not hold`
  const details = [...failures, ...notes].map(text => element('li', {}, text))
  const item = element(
    'li',
    { class: good ? 'good' : 'bad' },
    element('strong', {}, name),
    ` ${sum}, ${seconds.toFixed(1)} s`,
    ...(details.length > 0 ? [element('ul', {}, ...details)] : []),
  )
  place('checks').append(item)
}

export function drawCase({ title, unit, samples, rows, skipped }: CaseResult): void {
  const head = ['', `${unit}, median of ${samples}`, '', 'first row is'].map(text =>
    element('th', { scope: 'col' }, text),
  )
  const largest = Math.max(...rows.map(({ wall }) => wall.max))
  const body = rows.map(row => drawRow(row, rows[0] ?? row, largest))
  const missing = skipped.map(({ name, skipped: why }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', { colspan: '3' }, `skipped: ${why}`),
    ),
  )
  const table = element(
    'table',
    {},
    element('caption', {}, title),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body, ...missing),
  )
  place('figures').append(table)
}

function drawRow(row: Row, first: Row, largest: number): HTMLElement {
  const { name, wall } = row
  const isOurs = /engine|worker|this thread/.test(name)
  const ratio = first.wall.median / wall.median
  return element(
    'tr',
    isOurs ? { class: 'ours' } : {},
    element('th', { scope: 'row' }, name),
    element(
      'td',
      { class: 'number', title: `${digits(wall.min)} to ${digits(wall.max)}` },
      digits(wall.median),
    ),
    element('td', { class: 'bar', 'aria-hidden': 'true' }, drawBar(row, largest)),
    element('td', { class: 'number' }, row === first ? '' : `${digits(ratio)} ×`),
  )
}

function drawBar({ wall }: Row, largest: number): HTMLElement {
  const bar = element('div', {}, element('span', {}), element('i', {}))
  const share = (value: number): string => `${(100 * value) / largest}%`
  bar.style.setProperty('--median', share(wall.median))
  bar.style.setProperty('--min', share(wall.min))
  bar.style.setProperty('--max', share(wall.max))
  return bar
}

const digits = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)

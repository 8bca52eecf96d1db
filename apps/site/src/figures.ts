/** The figures of the bench as pages: one for each group, and what each figure is held to. */
import { amount, digits } from '@chartseal/bench/report'
import { type GroupResult, majorOf, readResults } from '@chartseal/bench/results'
import { type Verdict, verdicts } from '@chartseal/bench/verdicts'
import { escapeHtml, link, wide } from './html.js'
import type { Page } from './layout.js'
import { address } from './places.js'
import { type Bar, plot, towards, withBar } from './plots.js'

const indexPath = 'figures/index.html'
const pathOf = (group: string): string => `figures/${group}.html`
const isRate = (unit: string): boolean => unit !== 'ms'

interface Heading {
  readonly level: number
  readonly id: string
  readonly text: string
}

/** Rows of one name on all Nodes; the first one is ours, as in the report. */
function barsOf(results: readonly GroupResult[], caseId: string): readonly Bar[] {
  const found = results.flatMap(result => {
    const one = result.cases.find(({ id }) => id === caseId)
    return one === undefined ? [] : [{ node: majorOf(result), rows: one.rows }]
  })
  const names = [...new Set(found.flatMap(({ rows }) => rows.map(({ name }) => name)))]
  return names.map((name, at) => ({
    name,
    isOurs: at === 0,
    measured: found.flatMap(({ node, rows }) => {
      const row = rows.find(one => one.name === name)
      return row === undefined ? [] : [{ node, ...row.cpu, wall: row.wall.median }]
    }),
  }))
}

function casesHtml(results: readonly GroupResult[], headings: Heading[]): string {
  const ids = [...new Set(results.flatMap(({ cases }) => cases.map(({ id }) => id)))]
  return ids
    .map(id => {
      const one = results.flatMap(({ cases }) => cases).find(each => each.id === id)
      if (one === undefined) return ''
      headings.push({ level: 2, id, text: one.title })
      const skipped = one.skipped.map(
        ({ name, skipped: why }) => `<p>${escapeHtml(name)}: not measured, ${escapeHtml(why)}.</p>`,
      )
      const better = isRate(one.unit) ? 'Longer is better' : 'Shorter is better'
      return `<h2 id="${id}">${escapeHtml(one.title)}</h2>
<p>${better}; medians of ${one.samples} samples, the thin line from the least to the most.</p>
${plot(one.title, one.unit, barsOf(results, id))}
${skipped.join('')}`
    })
    .join('')
}

function factsHtml(results: readonly GroupResult[], headings: Heading[]): string {
  const ids = [...new Set(results.flatMap(({ facts }) => facts.map(({ id }) => id)))]
  if (ids.length === 0) return ''
  headings.push({ level: 2, id: 'single-figures', text: 'Single figures' })
  const nodes = results.map(majorOf)
  const rows = ids.map(id => {
    const each = results.map(({ facts }) => facts.find(fact => fact.id === id))
    const { title = '', unit = '' } = each.find(fact => fact !== undefined) ?? {}
    const values = each.map(
      fact => `<td class="to-right">${fact === undefined ? '' : digits(fact.value)}</td>`,
    )
    return `<tr><th scope="row">${escapeHtml(title)}</th>${values.join('')}<td>${escapeHtml(unit)}</td></tr>`
  })
  const head = `<thead><tr><th scope="col">what</th>${nodes.map(node => `<th scope="col">Node ${node}</th>`).join('')}<th scope="col">unit</th></tr></thead>`
  return `<h2 id="single-figures">Single figures</h2>\n${wide('Single figures', `<table>${head}<tbody>${rows.join('')}</tbody></table>`)}\n`
}

const measuredOn = ({ machine }: GroupResult): string =>
  `Node ${machine.node} on ${machine.cpu}, ${machine.cores} cores, load ${machine.load.toFixed(2)}, ${machine.date}`

function groupPage(group: string, results: readonly GroupResult[]): Page {
  const headings: Heading[] = []
  const cases = casesHtml(results, headings)
  const facts = factsHtml(results, headings)
  const where = results.map(result => `<li>${escapeHtml(measuredOn(result))}</li>`)
  const path = pathOf(group)
  const more = `How it is measured, and every figure as text: ${link(address(path, 'bench/report.html'), 'the report')}; what missed its target: ${link(address(path, 'bench/index.html'), 'benchmarks')}.`
  return {
    path,
    title: `Figures: ${group}`,
    headings,
    html: `<h1>Figures: ${escapeHtml(group)}</h1>\n<ul>${where.join('')}</ul>\n<p>${more}</p>\n${cases}${facts}`,
  }
}

function verdictRow({ gate, node, figure, verdict }: Verdict): string {
  const isNumber = typeof figure === 'number'
  const bar = isNumber && gate.must !== null ? towards(figure, gate.must, gate.bound) : ''
  const limit = (value: number | null): string =>
    value === null ? '' : `${gate.bound === 'below' ? '&lt; ' : ''}${escapeHtml(amount(gate, value))}`
  const measured = escapeHtml(isNumber ? amount(gate, figure) : figure.skipped)
  const name = link(address(indexPath, pathOf(gate.group)), escapeHtml(gate.figure))
  return `<tr><th scope="row">${name}</th><td>${node}</td><td>${withBar(measured, bar)}</td><td>${limit(gate.must)}</td><td>${limit(gate.aim)}</td><td class="${verdict}">${verdict}</td></tr>`
}

function indexPage(groups: readonly string[], results: readonly GroupResult[]): Page {
  const judged = verdicts(results)
  const count = (wanted: Verdict['verdict']): number => judged.filter(one => one.verdict === wanted).length
  const items = groups.map(group => `<li>${link(address(indexPath, pathOf(group)), escapeHtml(group))}</li>`)
  const head = ['figure', 'Node', 'measured', 'must', 'aim', 'verdict']
    .map(name => `<th scope="col">${name}</th>`)
    .join('')
  const order: readonly Verdict['verdict'][] = ['missed', 'holds', 'skipped', 'reported']
  const rows = order.flatMap(wanted => judged.filter(({ verdict }) => verdict === wanted)).map(verdictRow)
  const headings = [
    { level: 2, id: 'groups', text: 'Groups' },
    { level: 2, id: 'what-figures-are-held-to', text: 'What figures are held to' },
  ]
  return {
    path: indexPath,
    title: 'Figures',
    headings,
    html: `<h1>Figures</h1>
<p>Drawn from <code>bench/results</code> when the site is built. Only ratios inside one table mean anything: rates move with the machine.</p>
<h2 id="groups">Groups</h2>
<ul class="files">${items.join('')}</ul>
<h2 id="what-figures-are-held-to">What figures are held to</h2>
<p>${count('holds')} hold, ${count('missed')} are missed, ${count('reported')} are reported only. The line in a bar is what the figure must be: a bar that
ends on its right holds. ${link(address(indexPath, 'bench/index.html', 'missed-and-what-was-tried'), 'Why figures are missed')}.</p>
${wide('What figures are held to', `<table class="plot"><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`)}
`,
  }
}

/** The pages, the first one first. */
export function figurePages(): readonly Page[] {
  const results = readResults()
  const groups = [...new Set(results.map(({ group }) => group))].sort()
  return [
    indexPage(groups, results),
    ...groups.map(group =>
      groupPage(
        group,
        results.filter(result => result.group === group),
      ),
    ),
  ]
}

/** The table in the root README, between its two markers. */
import { readFileSync, writeFileSync } from 'node:fs'
import { amount } from './report.js'
import { type GroupResult, majorOf } from './results.js'
import type { Verdict } from './verdicts.js'

const readme = new URL('../../README.md', import.meta.url)
const section = /(<!-- bench:begin -->\n)[\s\S]*?(<!-- bench:end -->)/

/** Leaves a README without the markers alone; answers whether it has them. */
export function updateReadme(results: readonly GroupResult[], judged: readonly Verdict[]): boolean {
  const text = readFileSync(readme, 'utf8')
  if (!section.test(text)) return false
  writeFileSync(readme, withTable(text, readmeTable(results, judged)))
  return true
}

export function withTable(text: string, table: string): string {
  return text.replace(section, (_, begin: string, end: string) => `${begin}${table}\n${end}`)
}

/** Rates of mining, and each figure that has a must. */
const isHeadline = ({ gate, figure }: Verdict): boolean =>
  typeof figure === 'number' && (gate.must !== null || gate.unit === 'MH/s')

export function readmeTable(results: readonly GroupResult[], judged: readonly Verdict[]): string {
  const nodes = [...new Set(results.map(majorOf))].sort()
  const figures = [...new Set(judged.filter(isHeadline).map(({ gate }) => gate.figure))]
  const rows = figures.map(figure => {
    const cells = nodes.map(node => {
      const found = judged.find(one => one.gate.figure === figure && one.node === node)
      return typeof found?.figure === 'number' ? amount(found.gate, found.figure) : ''
    })
    return `| ${figure} | ${cells.join(' | ')} |`
  })
  return [
    `| medians; CPU time, appends by the clock | ${nodes.map(node => `Node ${node}`).join(' | ')} |`,
    `|---|${nodes.map(() => '---:|').join('')}`,
    ...rows,
    '',
    `Measured on ${machines(results).join('; ')}.`,
    'All cases, modes and limits: [bench/report.md](bench/report.md).',
  ].join('\n')
}

function machines(results: readonly GroupResult[]): readonly string[] {
  return [...new Set(results.map(({ machine }) => `${machine.cpu}, ${machine.cores} cores, ${machine.date}`))]
}

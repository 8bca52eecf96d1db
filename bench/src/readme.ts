/** The table in the root README, between its two markers. */
import { readFileSync, writeFileSync } from 'node:fs'
import { amount } from './report.js'
import type { GroupResult } from './results.js'
import type { Verdict } from './verdicts.js'

const readme = new URL('../../README.md', import.meta.url)
const section = /(<!-- bench:begin -->\n)[\s\S]*?(<!-- bench:end -->)/

/** Leaves a README without the markers alone; answers whether it has them. */
export function updateReadme(results: readonly GroupResult[], verdicts: readonly Verdict[]): boolean {
  const text = readFileSync(readme, 'utf8')
  if (!section.test(text)) return false
  const table = readmeTable(results, verdicts)
  writeFileSync(
    readme,
    text.replace(section, (_, begin: string, end: string) => `${begin}${table}\n${end}`),
  )
  return true
}

function readmeTable(results: readonly GroupResult[], verdicts: readonly Verdict[]): string {
  const nodes = [...new Set(verdicts.map(({ node }) => node))].sort()
  const figures = [
    ...new Set(verdicts.filter(({ figure }) => typeof figure === 'number').map(({ gate }) => gate)),
  ]
  const rows = figures.map(gate => {
    const values = nodes.map(node => {
      const figure = verdicts.find(one => one.gate.figure === gate.figure && one.node === node)?.figure
      return typeof figure === 'number' ? amount(gate, figure) : ''
    })
    return `| ${gate.figure} | ${values.join(' | ')} |`
  })
  const unique = rows.filter((row, i) => rows.indexOf(row) === i)
  return [
    `| CPU time, medians | ${nodes.map(node => `Node ${node}`).join(' | ')} |`,
    `|---|${nodes.map(() => '---:|').join('')}`,
    ...unique,
    '',
    `Measured on ${machines(results).join('; ')}. All cases, modes and limits: [bench/report.md](bench/report.md).`,
  ].join('\n')
}

function machines(results: readonly GroupResult[]): readonly string[] {
  return [...new Set(results.map(({ machine }) => `${machine.cpu}, ${machine.cores} cores, ${machine.date}`))]
}

/** The six figures in the root README, between its two markers; all the others are in the report. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type GroupResult, majorOf } from './results.js'
import type { Verdict } from './verdicts.js'

const readme = new URL('../../README.md', import.meta.url)
const section = /(<!-- bench:begin -->\n)[\s\S]*?(<!-- bench:end -->)/

interface ReadmeRow {
  readonly text: string
  /** The name of a gate. */
  readonly figure: string
  readonly words: (value: number) => string
}

/** What a reader who chooses a library wants to know, in this order. */
export const readmeRows: readonly ReadmeRow[] = [
  {
    text: 'proof of work: WebAssembly against our JavaScript',
    figure: 'mining, 0 records, vs our JS engine',
    words: asFast,
  },
  {
    text: 'sharing arithmetic over 1 MiB: WebAssembly against our JavaScript',
    figure: 'GF(256) multiply, 1 MiB, vs our JS engine',
    words: asFast,
  },
  {
    text: 'proof of work on one thread',
    figure: 'mining, 0 records, one thread',
    words: value => `${shortly(value)} million tries a second`,
  },
  {
    text: 'proof of work: against hash-wasm in its best mode',
    figure: 'mining, 0 records, vs hash-wasm at its best',
    words: asFast,
  },
  {
    text: 'recovering 1 MiB from 2 shares: against shamir-secret-sharing',
    figure: 'combine 1 MiB, t=2 n=3, given memory, vs shamir-secret-sharing',
    words: asFast,
  },
  {
    text: 'verifying an audit log of a million entries, each hashed',
    figure: '10^6 audit entries verified deeply, CPU time',
    words: value => `${shortly(value)} s`,
  },
]

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

export function readmeTable(results: readonly GroupResult[], judged: readonly Verdict[]): string {
  const nodes = [...new Set(results.map(majorOf))].sort()
  const rows = readmeRows.map(
    row => `| ${[row.text, ...nodes.map(node => cell(row, node, judged))].join(' | ')} |`,
  )
  return [
    `| medians, CPU time | ${nodes.map(node => `Node ${node}`).join(' | ')} |`,
    `|---|${nodes.map(() => '---:|').join('')}`,
    ...rows,
    '',
    `Measured on ${machines(results).join('; ')}.`,
  ].join('\n')
}

function cell({ figure, words }: ReadmeRow, node: string, judged: readonly Verdict[]): string {
  const found = judged.find(one => one.gate.figure === figure && one.node === node)
  return typeof found?.figure === 'number' ? words(found.figure) : 'not measured'
}

/** A ratio of rates. Below 1 it is turned round, so that nobody reads 0.05 as fast. */
function asFast(ratio: number): string {
  return ratio < 1 ? `${shortly(1 / ratio)} times as slow` : `${shortly(ratio)} times as fast`
}

const shortly = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))

function machines(results: readonly GroupResult[]): readonly string[] {
  return [...new Set(results.map(({ machine }) => `${machine.cpu}, ${machine.cores} cores, ${machine.date}`))]
}

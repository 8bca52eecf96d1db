/** One file per Node version and group, so that a run of one group leaves the others alone. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Fact } from './facts.js'
import type { Machine } from './machine.js'
import type { CaseResult } from './measure.js'

export interface GroupResult {
  readonly group: string
  readonly machine: Machine
  readonly facts: readonly Fact[]
  readonly cases: readonly CaseResult[]
}

const folder = new URL('../results/', import.meta.url)
const report = new URL('../report.md', import.meta.url)

export const majorOf = ({ machine }: GroupResult): string => machine.node.split('.')[0] ?? ''

export function keepResult(result: GroupResult): void {
  mkdirSync(folder, { recursive: true })
  const path = new URL(`node${majorOf(result)}-${result.group}.json`, folder)
  writeFileSync(path, `${JSON.stringify(result, rounded, 2)}\n`)
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
}

export function readResults(): readonly GroupResult[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
}

export function keepReport(text: string): void {
  writeFileSync(report, text)
}

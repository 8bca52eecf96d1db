/** Holds the gates against the results of a run. */
import type { Gate } from './gate.js'
import { gates } from './gates.js'
import { type Figure, Lookup } from './lookup.js'
import { type GroupResult, majorOf } from './results.js'

export interface Verdict {
  readonly gate: Gate
  readonly node: string
  readonly figure: Figure
  readonly verdict: 'holds' | 'missed' | 'skipped' | 'reported'
}

/** The gates of the groups in `results`, by Node; those for a Node that did not run are missed. */
export function verdicts(results: readonly GroupResult[]): readonly Verdict[] {
  const groups = new Set(results.map(result => result.group))
  const nodes = [...new Set(results.map(majorOf))].sort()
  return gates
    .filter(gate => groups.has(gate.group))
    .flatMap(gate => nodesOf(gate, nodes).map(node => verdictOf(gate, node, results)))
}

/** Node 24 is always asked for, Node 20 where it runs. */
function nodesOf({ node }: Gate, measured: readonly string[]): readonly string[] {
  if (node === undefined) return measured
  return node === '24' || measured.includes(node) ? [node] : []
}

function verdictOf(gate: Gate, node: string, results: readonly GroupResult[]): Verdict {
  const figure = gate.measured(new Lookup(results.filter(result => majorOf(result) === node)))
  return { gate, node, figure, verdict: judge(gate, figure) }
}

function judge({ bound, must }: Gate, figure: Figure): Verdict['verdict'] {
  if (typeof figure !== 'number') return figure.skipped === 'not measured' ? 'missed' : 'skipped'
  if (must === null) return 'reported'
  return (bound === 'at least' ? figure >= must : figure < must) ? 'holds' : 'missed'
}

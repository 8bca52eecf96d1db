/** Cycles of a graph given as a map from a node to those it points to: one per node that closes a cycle. */
export function findCycles(edges) {
  const done = new Set()
  const cycles = []
  const visit = (node, trail) => {
    if (trail.includes(node)) cycles.push([...trail.slice(trail.indexOf(node)), node])
    else if (!done.has(node)) {
      for (const next of edges.get(node) ?? []) visit(next, [...trail, node])
      done.add(node)
    }
  }
  for (const node of edges.keys()) visit(node, [])
  return cycles
}

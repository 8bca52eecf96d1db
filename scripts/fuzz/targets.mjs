/** All readers under trial: the one list. What is not in it is not tried. */
const files = [
  'core',
  'messages',
  'log',
  'signers',
  'conference',
  'ledger',
  'records',
  'clinic',
  'apps',
  'operations',
  'verifiers',
]

/** @param set `all`, or one of the sets of planted faults */
export async function setOf(set) {
  if (set !== 'all') {
    const planted = await import('./planted.mjs')
    return planted[set]
  }
  const parts = []
  for (const file of files) parts.push(...(await import(`./targets/${file}.mjs`)).targets)
  const names = parts.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new Error(`two readers are called ${twice}`)
  return parts
}

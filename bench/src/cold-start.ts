/**
 * For a fresh process: from the first import of ours to the notebook's nonce. Prints nonce, CPU and wall seconds.
 * `cold-start.js engine PREFIX_HEX TARGET_HEX` loads the engine alone, `cold-start.js ledger` the whole ledger.
 */
const [kind, prefixHex = '', targetHex = ''] = process.argv.slice(2)
const prefix = Buffer.from(prefixHex, 'hex')
const target = Buffer.from(targetHex, 'hex')

async function withEngine(): Promise<bigint | undefined> {
  const { defaultEngine } = await import('@chartseal/core/engine')
  return defaultEngine().searchNonce({ prefix, target, from: 0n, count: 1_000_000 })?.nonce
}

async function withLedger(): Promise<bigint> {
  const { findNonce } = await import('@chartseal/emr-ledger/v1')
  const { notebookHeader } = await import('./notebook.js')
  return (await findNonce(notebookHeader)).nonce
}

const cpuStart = process.cpuUsage()
const start = performance.now()
const nonce = await (kind === 'engine' ? withEngine() : withLedger())
const wallSeconds = (performance.now() - start) / 1e3
const { user, system } = process.cpuUsage(cpuStart)
process.stdout.write(`${nonce} ${(user + system) / 1e6} ${wallSeconds}\n`)

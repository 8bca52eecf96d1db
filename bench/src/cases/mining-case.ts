/** What mining is wherever it runs: a prefix, and a target that no nonce satisfies. */
import type { Case, Contender, Skipped } from '../measure.js'
import { pattern } from '../pattern.js'
import { engineMiner, engineNames, onEngine } from '../peers/engine.js'
import { loopContender, type MakeTrial } from '../peers/nonce-loop.js'

export type Miners = readonly (Contender | Skipped)[]

/** Previous block 32, miner 20, timestamp 8, difficulty 16 bytes, and 32 for each record. */
const prefixOf = (records: number): Uint8Array => pattern(76 + 32 * records)

export async function miningCase(
  records: number,
  others: (prefix: Uint8Array) => Miners | Promise<Miners>,
): Promise<Case> {
  const prefix = prefixOf(records)
  const ours = engineNames.map(name => onEngine(name, (_, engine) => engineMiner(name, engine, prefix)))
  return {
    id: `mining-${records}`,
    title: `Proof of work, ${records} records (${prefix.length + 8} bytes hashed per nonce)`,
    unit: 'MH/s',
    perUnit: 1e-6,
    contenders: [...ours, ...(await others(prefix))],
  }
}

export const loops = (
  prefix: Uint8Array,
  libraries: readonly (readonly [string, MakeTrial])[],
): readonly Contender[] => libraries.map(([name, make]) => loopContender(name, prefix, make))

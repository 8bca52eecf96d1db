/** Proof of work on one thread: the prefixes of blocks with 0 and with 25 records, no nonce satisfies the target. */
import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import type { Case } from '../measure.js'
import { pattern } from '../pattern.js'
import { asSha256Digest } from '../peers/as-sha256.js'
import { awasmMiner } from '../peers/awasm.js'
import { engineMiner } from '../peers/engine.js'
import { hashWasmMidstate, hashWasmOneCall } from '../peers/hash-wasm.js'
import { nobleMidstate } from '../peers/noble.js'
import {
  cryptoMidstate,
  cryptoMidstateBuffers,
  cryptoOneCall,
  cryptoOneCallBuffers,
} from '../peers/node-crypto.js'
import { loopContender, type MakeTrial } from '../peers/nonce-loop.js'
import { nativeMiner, pythonMiner, turboMiner } from '../peers/process-miners.js'

const libraries: readonly (readonly [string, MakeTrial])[] = [
  ['hash-wasm, loaded midstate', hashWasmMidstate],
  ['hash-wasm, one message per nonce', hashWasmOneCall],
  ['@chainsafe/as-sha256, digest', asSha256Digest],
  ['@noble/hashes, cloned midstate', nobleMidstate],
  ['node:crypto, copied midstate, strings', cryptoMidstate],
  ['node:crypto, one call per nonce, strings', cryptoOneCall],
  ['node:crypto, copied midstate, buffers', cryptoMidstateBuffers],
  ['node:crypto, one call per nonce, buffers', cryptoOneCallBuffers],
]

/** Previous block 32, miner 20, timestamp 8, difficulty 16 bytes, and 32 for each record. */
const prefixOf = (records: number): Uint8Array => pattern(76 + 32 * records)

export const mining = (): Promise<readonly Case[]> => Promise.all([0, 25].map(miningCase))

async function miningCase(records: number): Promise<Case> {
  const prefix = prefixOf(records)
  return {
    id: `mining-${records}`,
    title: `Proof of work, ${records} records (${prefix.length + 8} bytes hashed per nonce)`,
    unit: 'MH/s',
    perUnit: 1e-6,
    contenders: [
      engineMiner('WASM engine', createWasmEngine(), prefix),
      engineMiner('WASM engine without SIMD', createWasmEngine({ simd: false }), prefix),
      engineMiner('JS engine', createJsEngine(), prefix),
      turboMiner(prefix),
      ...libraries.map(([name, make]) => loopContender(name, prefix, make)),
      await awasmMiner(prefix),
      pythonMiner(prefix),
      nativeMiner(prefix),
    ],
  }
}

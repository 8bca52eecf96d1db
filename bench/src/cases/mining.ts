/** Proof of work on one thread: the prefixes of blocks with 0 and with 25 records, no nonce satisfies the target. */
import type { Case } from '../measure.js'
import { asSha256Digest } from '../peers/as-sha256.js'
import { awasmMiner } from '../peers/awasm.js'
import { hashWasmMidstate, hashWasmOneCall } from '../peers/hash-wasm.js'
import { nobleMidstate } from '../peers/noble.js'
import {
  cryptoMidstate,
  cryptoMidstateBuffers,
  cryptoOneCall,
  cryptoOneCallBuffers,
} from '../peers/node-crypto.js'
import type { MakeTrial } from '../peers/nonce-loop.js'
import { nativeMiner, nativeModes, pythonMiner, turboMiner } from '../peers/process-miners.js'
import { loops, type Miners, miningCase } from './mining-case.js'

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

export const mining = (): Promise<readonly Case[]> =>
  Promise.all([0, 25].map(records => miningCase(records, others)))

const others = async (prefix: Uint8Array): Promise<Miners> => [
  turboMiner(prefix),
  ...loops(prefix, libraries),
  await awasmMiner(prefix),
  pythonMiner(prefix),
  ...nativeModes.map(mode => nativeMiner(prefix, mode)),
]

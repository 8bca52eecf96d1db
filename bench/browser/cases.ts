/** The cases of the bench that a page can run, with those of its peers that are for browsers. */
import { loops, type Miners, miningCase } from '../dist/cases/mining-case.js'
import { hashingCases } from '../dist/cases/sha256-case.js'
import { shamir } from '../dist/cases/shamir.js'
import { workers } from '../dist/cases/workers.js'
import type { Case } from '../dist/measure.js'
import { nobleMidstate } from '../dist/peers/noble.js'

export async function allCases(withWorkers: boolean): Promise<readonly Case[]> {
  const mining = await Promise.all([0, 25].map(records => miningCase(records, libraries)))
  return [...mining, ...(withWorkers ? await workers() : []), ...(await shamir()), ...hashingCases(webCrypto)]
}

const libraries = async (prefix: Uint8Array): Promise<Miners> => [
  ...(await hashWasm(prefix)),
  ...loops(prefix, [['@noble/hashes, cloned midstate', nobleMidstate]]),
]

/** It compiles its module as soon as it is loaded. */
async function hashWasm(prefix: Uint8Array): Promise<Miners> {
  try {
    const { hashWasmMidstate, hashWasmOneCall } = await import('../dist/peers/hash-wasm.js')
    return loops(prefix, [
      ['hash-wasm, loaded midstate', hashWasmMidstate],
      ['hash-wasm, one message per nonce', hashWasmOneCall],
    ])
  } catch (error) {
    return [{ name: 'hash-wasm', skipped: `it does not load: ${error}` }]
  }
}

const webCrypto = {
  name: 'WebCrypto, one call at a time',
  hash: async (message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', message)),
  create: null,
}

import { createHash, hash } from 'node:crypto'
import { createJsEngine, createWasmEngine, type Engine } from '@chartseal/core/engine'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Case, Contender } from '../measure.js'
import { pattern } from '../pattern.js'

const unreachable = new Uint8Array(32)
/** About one nonce in 4096. */
const easy = new Uint8Array(32).fill(0xff).fill(0, 0, 1).fill(0x0f, 1, 2)
const answerRange = 200_000

/** Hashes a nonce given as eight little-endian bytes; the result may be one reused buffer. */
type HashNonce = (nonce: Uint8Array) => Uint8Array

export const mining: readonly Case[] = [0, 25].map(records => {
  const prefix = pattern(76 + 32 * records)
  return {
    title: `Proof of work, ${records} records (${prefix.length + 8} bytes hashed per nonce)`,
    unit: 'MH/s',
    perUnit: 1e-6,
    contenders: [
      engineContender('WASM engine', createWasmEngine(), prefix),
      engineContender('WASM engine without SIMD', createWasmEngine({ simd: false }), prefix),
      engineContender('JS engine', createJsEngine(), prefix),
      loopContender('@noble/hashes, cloned midstate', nobleMidstate(prefix)),
      loopContender('node:crypto, copied midstate', nodeMidstate(prefix)),
      loopContender('node:crypto, one call per nonce', nodeOneCall(prefix)),
    ],
  }
})

function engineContender(name: string, engine: Engine, prefix: Uint8Array): Contender {
  return {
    name,
    answer: () => {
      const hit = engine.searchNonce({ prefix, target: easy, from: 0n, count: answerRange })
      return Buffer.from(`${hit?.nonce}`)
    },
    run: amount => {
      engine.searchNonce({ prefix, target: unreachable, from: 0n, count: amount })
    },
  }
}

/** What a user writes around a hash function: the same nonces in the same order, the lowest hit. */
function loopContender(name: string, hashNonce: HashNonce): Contender {
  const search = (target: Uint8Array, count: number): number | undefined => {
    const nonce = new Uint8Array(8)
    const view = new DataView(nonce.buffer)
    for (let i = 0; i < count; i++) {
      view.setUint32(0, i, true)
      if (isAtMost(hashNonce(nonce), target)) return i
    }
    return undefined
  }
  return {
    name,
    answer: () => Buffer.from(`${search(easy, answerRange)}`),
    run: amount => {
      search(unreachable, amount)
    },
  }
}

function isAtMost(value: Uint8Array, limit: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) {
    const difference = (value[i] ?? 0) - (limit[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return true
}

function nobleMidstate(prefix: Uint8Array): HashNonce {
  const midstate = sha256.create().update(prefix)
  const trial = sha256.create()
  const digest = new Uint8Array(32)
  return nonce => {
    midstate._cloneInto(trial).update(nonce).digestInto(digest)
    return digest
  }
}

function nodeMidstate(prefix: Uint8Array): HashNonce {
  const midstate = createHash('sha256').update(prefix)
  return nonce => midstate.copy().update(nonce).digest()
}

function nodeOneCall(prefix: Uint8Array): HashNonce {
  const message = new Uint8Array(prefix.length + 8)
  message.set(prefix)
  return nonce => {
    message.set(nonce, prefix.length)
    return hash('sha256', message, 'buffer')
  }
}

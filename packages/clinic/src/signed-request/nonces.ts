import { signatureError } from '../errors.js'
import { maxSkewMs, type RequestSignature } from './verify.js'

/** Nonces of requests that were verified. */
export interface NonceMemory {
  /**
   * Takes each nonce once. Call it after the signature was verified, or anybody uses up somebody's nonces.
   * @throws ChartsealError `signature/replayed`; `signature/too-many` when the key used more than may be remembered
   */
  take(read: Pick<RequestSignature, 'kid' | 'nonce'>, nowMs: number): void
}

/** A signature is taken from 60 seconds before its time until 60 seconds after it. */
const generationMs = 2 * maxSkewMs + 1_000

type Generation = Map<string, Set<string>>

/**
 * Remembers for at least as long as a signature is taken, in two generations: nothing is ever sorted or searched. A
 * clock that goes back makes it remember longer.
 * @param perKey how many for one key in one generation
 */
export function createNonceMemory(perKey = 8_192): NonceMemory {
  let current: Generation = new Map()
  let previous: Generation = new Map()
  let startedMs = Number.NEGATIVE_INFINITY
  const turn = (nowMs: number): void => {
    if (nowMs - startedMs < generationMs) return
    previous = nowMs - startedMs < 2 * generationMs ? current : new Map()
    current = new Map()
    startedMs = nowMs
  }
  return {
    take({ kid, nonce }, nowMs) {
      turn(nowMs)
      const own = current.get(kid) ?? new Set()
      if (own.has(nonce) || previous.get(kid)?.has(nonce)) throw signatureError('signature/replayed', {})
      if (own.size >= perKey) throw signatureError('signature/too-many', { limit: perKey })
      current.set(kid, own.add(nonce))
    },
  }
}

/** A public key as words that two people read to each other. Rules: docs/spec/console.md, "The clinic's key in words". */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { keyWordList } from './key-word-list.js'

const label = encodeUtf8('chartseal/key-words/v2\0')
const words = 8

/**
 * Eight words, 64 bits of the SHA-256 of a key as it is written: enough that nobody makes another key with the same ones.
 * @example keyWords('clinic.example/log+…') // 'mango radial oasis …'
 */
export function keyWords(key: string, engine: Engine = defaultEngine()): string {
  return wordsOfHash(label, key, words, engine)
}

/** The first bytes of the SHA-256 of a text behind its label, as words. */
export function wordsOfHash(
  behind: Uint8Array,
  text: string,
  count: number,
  engine: Engine = defaultEngine(),
): string {
  const hash = engine.sha256(concat(behind, encodeUtf8(text))).subarray(0, count)
  return [...hash].map(byte => keyWordList[byte] ?? '').join(' ')
}

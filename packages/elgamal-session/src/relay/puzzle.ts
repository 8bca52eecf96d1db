/** Work that a relay under load asks for before a hello reaches the core. It is bound to the hello, so it serves once. */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { maxPuzzleBits } from './refusal.js'

const answerBytes = 8
const label = encodeUtf8('chartseal/puzzle/v2')

/**
 * What an answer is an answer to, 32 bytes: SHA-256(label ‖ the hello up to and with its cookie ‖ all behind its answer).
 * @param before the hello up to and with its cookie
 * @param behind ticket and handshake
 */
export function puzzleOf(before: Uint8Array, behind: Uint8Array): Uint8Array {
  return defaultEngine().sha256(concat(label, before, behind))
}

/** Whether SHA-256(puzzle ‖ answer) begins with so many zero bits. */
export function isAnswer(puzzle: Uint8Array, answer: Uint8Array, bits: number): boolean {
  return answer.length === answerBytes && zeroBits(defaultEngine().sha256(concat(puzzle, answer))) >= bits
}

/**
 * The answer with the lowest number; about 2^bits hashes.
 * @throws RangeError for more than 16 bits: whoever asks for that wants no answer
 */
export function solvePuzzle(puzzle: Uint8Array, bits: number): Uint8Array {
  if (!Number.isInteger(bits) || bits < 0 || bits > maxPuzzleBits)
    throw new RangeError(`a puzzle must have from 0 to ${maxPuzzleBits} bits`)
  const answer = new Uint8Array(answerBytes)
  const view = new DataView(answer.buffer)
  for (let number = 0n; ; number++) {
    view.setBigUint64(0, number)
    if (isAnswer(puzzle, answer, bits)) return answer
  }
}

function zeroBits(hash: Uint8Array): number {
  const first = hash.findIndex(byte => byte !== 0)
  return first < 0 ? 8 * hash.length : 8 * first + Math.clz32(hash[first] ?? 0) - 24
}

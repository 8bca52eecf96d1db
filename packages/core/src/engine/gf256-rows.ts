/** Carries out plans in JavaScript, four bytes in each word. */
import type { RowMachine } from './gf256-bulk.js'
import { timesX } from './gf256-js.js'
import { double, rowsBytes } from './gf256-plan.js'

/** What all steps do before they go on: so much of every row stays in the cache nearest to the CPU. */
const tileWords = 512
/** Behind all rows: nothing to add. */
const zeros = rowsBytes / 4

/** Of these arrays only, and only where there is something: so the compiler has one kind of access to make. */
const at = (words: Int32Array, index: number): number => words[index] ?? 0

export function makeJsRows(): RowMachine {
  const words = new Int32Array(zeros + tileWords)
  return {
    rows: new Uint8Array(words.buffer, 0, rowsBytes),
    run({ parts }, length) {
      const count = Math.ceil(length / 4)
      for (const part of parts) {
        for (let from = 0; from < count; from += tileWords) {
          runPart(words, part, from, Math.min(tileWords, count - from))
        }
      }
    },
  }
}

function runPart(words: Int32Array, part: Int32Array, from: number, count: number): void {
  for (let step = 0; at(part, step) >= 0; ) step = runStep(words, part, step, from, count)
}

/** Up to four rows are added in one go. Answers where the next step begins. */
function runStep(words: Int32Array, part: Int32Array, step: number, from: number, count: number): number {
  const rowAt = (index: number): number => (at(part, index) >> 2) + from
  const has = (index: number): boolean => at(part, index) >= 0
  const output = rowAt(step)
  let next = step + 1
  let [a, b, c] = [zeros, zeros, zeros]
  for (let sum = zeros; ; sum = output) {
    const doubles = at(part, next) === double
    if (doubles) next++
    a = has(next) ? rowAt(next++) : zeros
    b = has(next) ? rowAt(next++) : zeros
    if (doubles) addToDouble(words, output, a, b, count)
    else {
      c = has(next) ? rowAt(next++) : zeros
      add(words, output, sum, a, b, c, count)
    }
    if (at(part, next) < double) return next + 1
  }
}

function add(
  words: Int32Array,
  output: number,
  sum: number,
  a: number,
  b: number,
  c: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    words[output + i] = at(words, sum + i) ^ at(words, a + i) ^ at(words, b + i) ^ at(words, c + i)
  }
}

function addToDouble(words: Int32Array, output: number, a: number, b: number, count: number): void {
  for (let i = 0; i < count; i++) {
    words[output + i] = timesX(at(words, output + i)) ^ at(words, a + i) ^ at(words, b + i)
  }
}

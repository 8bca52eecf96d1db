/** Carries out plans in JavaScript, four bytes in each of four words at once. */
import type { RowMachine } from './gf256-bulk.js'
import { timesX } from './gf256-js.js'
import { double, rowsBytes } from './gf256-plan.js'
import { at } from './sha256-js.js'

const wordsInStrip = 4

export function makeJsRows(): RowMachine {
  const words = new Int32Array(rowsBytes / 4)
  return {
    rows: new Uint8Array(words.buffer),
    run(plan, length) {
      for (const part of plan.parts) runPart(words, part, Math.ceil(length / 4))
    },
  }
}

function runPart(words: Int32Array, part: Int32Array, count: number): void {
  for (let step = 0; at(part, step) >= 0; ) {
    step = runStep(words, part, step, count)
  }
}

/** Answers where the next step begins. */
function runStep(words: Int32Array, part: Int32Array, step: number, count: number): number {
  const output = at(part, step) >> 2
  let next = step
  for (let i = 0; i < count; i += wordsInStrip) {
    let [a, b, c, d] = [0, 0, 0, 0]
    let entry = 0
    for (next = step + 1; ; next++) {
      entry = at(part, next)
      if (entry >= 0) {
        const from = (entry >> 2) + i
        a ^= at(words, from)
        b ^= at(words, from + 1)
        c ^= at(words, from + 2)
        d ^= at(words, from + 3)
      } else if (entry === double) {
        a = timesX(a)
        b = timesX(b)
        c = timesX(c)
        d = timesX(d)
      } else break
    }
    words[output + i] = a
    words[output + i + 1] = b
    words[output + i + 2] = c
    words[output + i + 3] = d
  }
  return next + 1
}

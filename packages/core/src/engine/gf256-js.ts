/** GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (0x11B), four bytes at once. */
import { requireGfOperands } from './checks.js'
import type { RowMachine } from './gf256-bulk.js'
import { double, rowsBytes } from './gf256-plan.js'
import type { Engine } from './types.js'

/** Longer ones are copied into whole words, where four bytes are read at once. */
const inPlaceBytes = 128
const blockWords = 1024

/** `gfMultiplyAccumulate` with memory of its own for longer arrays, made when the first of them comes. */
export function makeGfMultiply(): Engine['gfMultiplyAccumulate'] {
  let blocks: Blocks | undefined
  return (accumulator, input, factor) => {
    requireGfOperands(accumulator, input, factor)
    if (input.length <= inPlaceBytes) multiplyInPlace(accumulator, input, factor)
    else {
      blocks ??= makeBlocks()
      multiplyInBlocks(blocks, accumulator, input, factor)
    }
  }
}

/**
 * `accumulator[i] ^= factor · input[i]`. Each bit of `factor` is a mask, and the modulus is folded in by
 * multiplication: neither operand decides an index or a branch.
 */
export function multiplyInPlace(accumulator: Uint8Array, input: Uint8Array, factor: number): void {
  const wholeWords = input.length & ~3
  for (let i = 0; i < wholeWords; i += 4) {
    const product = times(
      at(input, i) | (at(input, i + 1) << 8) | (at(input, i + 2) << 16) | (at(input, i + 3) << 24),
      factor,
    )
    accumulator[i] = at(accumulator, i) ^ product
    accumulator[i + 1] = at(accumulator, i + 1) ^ (product >> 8)
    accumulator[i + 2] = at(accumulator, i + 2) ^ (product >> 16)
    accumulator[i + 3] = at(accumulator, i + 3) ^ (product >> 24)
  }
  for (let i = wholeWords; i < input.length; i++) {
    accumulator[i] = at(accumulator, i) ^ times(at(input, i), factor)
  }
}

interface Blocks {
  readonly accumulator: Int32Array
  readonly input: Int32Array
  readonly accumulatorBytes: Uint8Array
  readonly inputBytes: Uint8Array
}

function makeBlocks(): Blocks {
  const accumulator = new Int32Array(blockWords)
  const input = new Int32Array(blockWords)
  return {
    accumulator,
    input,
    accumulatorBytes: new Uint8Array(accumulator.buffer),
    inputBytes: new Uint8Array(input.buffer),
  }
}

/** Up to three bytes behind the last one are multiplied too, and not copied back. */
function multiplyInBlocks(
  { accumulatorBytes, inputBytes, ...words }: Blocks,
  accumulator: Uint8Array,
  input: Uint8Array,
  factor: number,
): void {
  for (let start = 0; start < input.length; start += 4 * blockWords) {
    const part = accumulator.subarray(start, start + 4 * blockWords)
    accumulatorBytes.set(part)
    inputBytes.set(input.subarray(start, start + 4 * blockWords))
    multiplyWords(words.accumulator, words.input, Math.ceil(part.length / 4), factor)
    part.set(accumulatorBytes.subarray(0, part.length))
  }
  accumulatorBytes.fill(0, 0, input.length)
  inputBytes.fill(0, 0, input.length)
}

function multiplyWords(accumulator: Int32Array, input: Int32Array, count: number, factor: number): void {
  for (let i = 0; i < count; i++) {
    accumulator[i] = (accumulator[i] ?? 0) ^ times(input[i] ?? 0, factor)
  }
}

/** A byte that is known to be there. */
function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

/** Four products. */
function times(x0: number, factor: number): number {
  const x1 = timesX(x0)
  const x2 = timesX(x1)
  const x3 = timesX(x2)
  const x4 = timesX(x3)
  const x5 = timesX(x4)
  const x6 = timesX(x5)
  const x7 = timesX(x6)
  const low =
    (x0 & mask(factor, 0)) ^ (x1 & mask(factor, 1)) ^ (x2 & mask(factor, 2)) ^ (x3 & mask(factor, 3))
  const high =
    (x4 & mask(factor, 4)) ^ (x5 & mask(factor, 5)) ^ (x6 & mask(factor, 6)) ^ (x7 & mask(factor, 7))
  return low ^ high
}

const timesX = (word: number): number =>
  ((word & 0x7f7f7f7f) << 1) ^ Math.imul((word >>> 7) & 0x01010101, 0x1b)

/** All ones where the bit is set. */
const mask = (factor: number, bit: number): number => (factor << (31 - bit)) >> 31

/** What all steps do before they go on: so much of every row stays in the cache nearest to the CPU. */
const tileWords = 512
/** Behind all rows: nothing to add. */
const zeros = rowsBytes / 4

/** Of these arrays only, and only where there is something: so the compiler has one kind of access to make. */
const wordAt = (words: Int32Array, index: number): number => words[index] ?? 0

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
  for (let step = 0; wordAt(part, step) >= 0; ) step = runStep(words, part, step, from, count)
}

/** Up to four rows are added in one go. Answers where the next step begins. */
function runStep(words: Int32Array, part: Int32Array, step: number, from: number, count: number): number {
  const rowAt = (index: number): number => (wordAt(part, index) >> 2) + from
  const has = (index: number): boolean => wordAt(part, index) >= 0
  const output = rowAt(step)
  let next = step + 1
  let [a, b, c] = [zeros, zeros, zeros]
  for (let sum = zeros; ; sum = output) {
    const doubles = wordAt(part, next) === double
    if (doubles) next++
    a = has(next) ? rowAt(next++) : zeros
    b = has(next) ? rowAt(next++) : zeros
    if (doubles) addToDouble(words, output, a, b, count)
    else {
      c = has(next) ? rowAt(next++) : zeros
      add(words, output, sum, a, b, c, count)
    }
    if (wordAt(part, next) < double) return next + 1
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
    words[output + i] =
      wordAt(words, sum + i) ^ wordAt(words, a + i) ^ wordAt(words, b + i) ^ wordAt(words, c + i)
  }
}

function addToDouble(words: Int32Array, output: number, a: number, b: number, count: number): void {
  for (let i = 0; i < count; i++) {
    words[output + i] = timesX(wordAt(words, output + i)) ^ wordAt(words, a + i) ^ wordAt(words, b + i)
  }
}

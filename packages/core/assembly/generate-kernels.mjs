/**
 * Writes kernels.generated.ts: the search loops for the two places where a block header's nonce lies in its last
 * block, word 3 or word 11, with four nonces in the lanes of a v128. `--stdout` prints instead of writing.
 *
 * What prepare.ts has done before: the rounds before the nonce, the constant parts of schedule words, constants and
 * constant words in one. Rounds up to 31 are written out, because there each has other constant parts; the rest is a
 * loop of 8 rounds per pass, which engines compile sooner and with fewer spills than 64 rounds in a row.
 */
import { writeFileSync } from 'node:fs'

const firstLooped = 32
const perPass = 8
const entryBytes = 32
const constantAt = 16
const stateNames = [...'abcdefgh']

/** Indexes of schedule words that depend on the nonce, when it is in word `nonce`. */
function varyingWords(nonce) {
  const varying = new Set([nonce])
  for (let t = 16; t < 64; t++) {
    if ([2, 7, 15, 16].some(back => varying.has(t - back))) varying.add(t)
  }
  return varying
}

const load = (base, offset) => `v128.load(${base}, ${offset})`
const sum = terms => terms.reduce((left, right) => `i32x4.add(${left}, ${right})`)
const xor = (x, y) => `v128.xor(${x}, ${y})`
const and = (x, y) => `v128.and(${x}, ${y})`

/** Which variable is a, b, … h after `rounds` rounds: nothing is moved, the names are. */
const namesAfter = rounds => stateNames.map((_, i) => stateNames[(i + 8 * 8 - rounds) % 8])

/** FIPS 180-4 6.2.2 step 3, as round number `rounds` after the nonce's. */
function round(rounds, addend) {
  const [a, b, , d, e, f, g, h] = namesAfter(rounds)
  const [now, before] = rounds % 2 === 0 ? ['y', 'x'] : ['x', 'y']
  const choice = xor(g, and(e, xor(f, g)))
  // maj(a, b, c) = ((a ^ b) & (b ^ c)) ^ b, and b ^ c is the a ^ b of the round before.
  const majority = xor(and(now, before), b)
  return [
    `${h} = ${sum([sum([h, addend]), `bigSigma1(${e})`, choice])}`,
    `${d} = ${sum([d, h])}`,
    `${now} = ${xor(a, b)}`,
    `${h} = ${sum([h, `bigSigma0(${a})`, majority])}`,
  ]
}

/** Makes schedule word `t` (step 1) from what varies of its four sources, and keeps it for later words. */
function scheduleWord(base, t, varies) {
  const word = index => load(base, index * entryBytes)
  const sources = [
    [16, word],
    [15, index => `smallSigma0(${word(index)})`],
    [7, word],
    [2, index => `smallSigma1(${word(index)})`],
  ].filter(([back]) => varies(t - back))
  const constantPart = sources.length < 4 ? [load('PARTS', t * 16)] : []
  return [
    `w = ${sum([...constantPart, ...sources.map(([back, source]) => source(t - back))])}`,
    `v128.store(${base}, w, ${t * entryBytes})`,
  ]
}

function writtenOutRounds(nonce) {
  const varying = varyingWords(nonce)
  const statements = []
  for (let t = nonce + 1; t < firstLooped; t++) {
    const constant = load('WORDS', t * entryBytes + constantAt)
    const isVarying = varying.has(t)
    if (isVarying) statements.push(...scheduleWord('WORDS', t, index => varying.has(index)))
    statements.push(...round(t - nonce - 1, isVarying ? sum(['w', constant]) : constant))
  }
  return statements
}

/** One pass; `at` is 16 entries behind its first round. */
function loopedRounds(nonce) {
  const statements = []
  for (let i = 0; i < perPass; i++) {
    statements.push(...scheduleWord('at', 16 + i, () => true))
    const constant = load('at', (16 + i) * entryBytes + constantAt)
    statements.push(...round(firstLooped + i - nonce - 1, sum(['w', constant])))
  }
  return statements
}

/** The nonce's own round: its word goes into a and e, the rest was prepared. */
const startRound = stateNames.map((name, i) => {
  const prepared = load('START', i * 16)
  return `${name} = ${'ae'.includes(name) ? sum(['w', prepared]) : prepared}`
})

const lines = (indent, statements) => statements.map(line => `${' '.repeat(indent)}${line};`).join('\n')

const kernel = nonce => `
/** The nonce is in word ${nonce}: how far its first hit is among \`count\`, a multiple of four, or -1. */
export function searchWord${nonce}(low: u32, count: i32): i32 {
  const limit = v128.load(LIMIT);
  let lanes = i32x4.add(i32x4.splat(low), i32x4(0, 1, 2, 3));
  let ${[...stateNames, 'w', 'x', 'y'].map(name => `${name}: v128`).join(', ')};
  for (let i = 0; i < count; i += 4) {
    w = swapLanes(lanes);
    v128.store(WORDS, w, ${nonce * entryBytes});
${lines(4, startRound)}
    x = ${xor('b', 'c')};
    y = x;
${lines(4, writtenOutRounds(nonce))}
    for (let at = WORDS + ${16 * entryBytes}; at < WORDS + ${48 * entryBytes}; at += ${perPass * entryBytes}) {
${lines(6, loopedRounds(nonce))}
    }
    if (v128.any_true(i32x4.le_u(${namesAfter(63 - nonce)[0]}, limit))) {
      const hit = firstOfFour(low + i);
      if (hit >= 0) return i + hit;
    }
    lanes = i32x4.add(lanes, i32x4.splat(4));
  }
  return -1;
}
`

const text = `// Written by generate-kernels.mjs. Do not edit.
import { bigSigma0, bigSigma1, smallSigma0, smallSigma1, swapLanes } from "./lanes";
import { LIMIT, PARTS, START, WORDS } from "./memory";
import { firstOfFour } from "./trial";
${[3, 11].map(kernel).join('')}`

if (process.argv.includes('--stdout')) process.stdout.write(text)
else writeFileSync(new URL('kernels.generated.ts', import.meta.url), text)

/**
 * Writes kernels.generated.ts: the search loops for the two places where a block header's nonce lies in its last
 * block, word 3 or word 11, with four nonces in the lanes of a v128. `--stdout` prints instead of writing.
 *
 * What prepare.ts has done before: the rounds before the nonce, the constant parts of schedule words, constants and
 * constant words in one. Rounds up to 31 are written out, because there each has other constant parts; the rest is a
 * loop of 8 rounds per pass, which engines compile sooner and with fewer spills than 64 rounds in a row.
 *
 * searchEight is for V8's revectorizer, which makes one instruction of 256 bits from two of 128. It starts from pairs
 * of stores to adjacent places and follows what they are made of, but not into the variables of a loop; so the state
 * goes through memory. Without a revectorizer it is slower than the others.
 */
import { writeFileSync } from 'node:fs'

const firstLooped = 32
const perPass = 8
const perSmallPass = 4
const entryBytes = 64
const constantAt = 32
const halfBytes = 16
const stateNames = [...'abcdefgh']

/** How to compute with four nonces: the words of a group are those at `half` of each entry. */
const lanes = (suffix, half) => ({
  suffix,
  load: (base, offset) => `v128.load(${base}, ${offset + half})`,
  store: (base, value, offset) => `v128.store(${base}, ${value}, ${offset + half})`,
  add: (x, y) => `i32x4.add(${x}, ${y})`,
  xor: (x, y) => `v128.xor(${x}, ${y})`,
  and: (x, y) => `v128.and(${x}, ${y})`,
})

const four = [lanes('', 0)]
const eight = [lanes('', 0), lanes('2', halfBytes)]

/** Indexes of schedule words that depend on the nonce, when it is in word `nonce`. */
function varyingWords(nonce) {
  const varying = new Set([nonce])
  for (let t = 16; t < 64; t++) {
    if ([2, 7, 15, 16].some(back => varying.has(t - back))) varying.add(t)
  }
  return varying
}

/** Which variable is a, b, … h after `rounds` rounds: nothing is moved, the names are. */
const namesAfter = (rounds, { suffix }) => stateNames.map((_, i) => stateNames[(i + 8 * 8 - rounds) % 8] + suffix)

const sum = (stream, terms) => terms.reduce(stream.add)

/** FIPS 180-4 6.2.2 step 3, as round number `rounds` after the nonce's. */
function round(stream, rounds, addend) {
  const { suffix, add, xor, and } = stream
  const [a, b, , d, e, f, g, h] = namesAfter(rounds, stream)
  const [now, before] = (rounds % 2 === 0 ? ['y', 'x'] : ['x', 'y']).map(name => name + suffix)
  const choice = xor(g, and(e, xor(f, g)))
  // maj(a, b, c) = ((a ^ b) & (b ^ c)) ^ b, and b ^ c is the a ^ b of the round before.
  const majority = xor(and(now, before), b)
  return [
    `${h} = ${sum(stream, [add(h, addend), `bigSigma1(${e})`, choice])}`,
    `${d} = ${add(d, h)}`,
    `${now} = ${xor(a, b)}`,
    `${h} = ${sum(stream, [h, `bigSigma0(${a})`, majority])}`,
  ]
}

/** Makes schedule word `t` (step 1) from what varies of its four sources, and keeps it for later words. */
function scheduleWord(stream, base, t, varies) {
  const { suffix, load, store } = stream
  const word = index => load(base, index * entryBytes)
  const sources = [
    [16, word],
    [15, index => `smallSigma0(${word(index)})`],
    [7, word],
    [2, index => `smallSigma1(${word(index)})`],
  ].filter(([back]) => varies(t - back))
  const constantPart = sources.length < 4 ? [load('PARTS', t * 2 * halfBytes)] : []
  return [
    `w${suffix} = ${sum(stream, [...constantPart, ...sources.map(([back, source]) => source(t - back))])}`,
    store(base, `w${suffix}`, t * entryBytes),
  ]
}

/** Statement by statement in turn: what streams do has nothing to do with one another. */
function interleave(streams, statementsOf) {
  const all = streams.map(statementsOf)
  return all[0].flatMap((_, i) => all.map(statements => statements[i]))
}

function writtenOutRounds(streams, nonce) {
  const varying = varyingWords(nonce)
  const statements = []
  for (let t = nonce + 1; t < firstLooped; t++) {
    statements.push(
      ...interleave(streams, stream => {
        const constant = stream.load('WORDS', t * entryBytes + constantAt)
        if (!varying.has(t)) return round(stream, t - nonce - 1, constant)
        const schedule = scheduleWord(stream, 'WORDS', t, index => varying.has(index))
        return [...schedule, ...round(stream, t - nonce - 1, stream.add(`w${stream.suffix}`, constant))]
      }),
    )
  }
  return statements
}

/** One pass; `at` is 16 entries behind its first round, number `rounds` after the nonce's. */
function scheduledRounds(streams, count, rounds) {
  const statements = []
  for (let i = 0; i < count; i++) {
    statements.push(
      ...interleave(streams, stream => {
        const constant = stream.load('at', (16 + i) * entryBytes + constantAt)
        return [
          ...scheduleWord(stream, 'at', 16 + i, () => true),
          ...round(stream, rounds + i, stream.add(`w${stream.suffix}`, constant)),
        ]
      }),
    )
  }
  return statements
}

/** One pass over words that do not depend on the nonce; `at` is the entry of its first round. */
function constantRounds(streams, count) {
  const indexes = Array.from({ length: count }, (_, i) => i)
  return indexes.flatMap(i =>
    interleave(streams, stream => round(stream, i, stream.load('at', i * entryBytes + constantAt))),
  )
}

/** The nonce's own round: its word goes into a and e, the rest was prepared. */
const startRound = (streams, base, offset) =>
  interleave(streams, ({ suffix, load, add, xor }) => [
    `w${suffix} = ${load(base, offset)}`,
    ...stateNames.map((name, i) => {
      const prepared = load('START', i * 2 * halfBytes)
      return `${name}${suffix} = ${'ae'.includes(name) ? add(`w${suffix}`, prepared) : prepared}`
    }),
    `x${suffix} = ${xor(`b${suffix}`, `c${suffix}`)}`,
  ])

const lines = (indent, statements) => statements.map(line => `${' '.repeat(indent)}${line};`).join('\n')
const variables = ({ suffix }) =>
  `let ${[...stateNames, 'w', 'x', 'y'].map(name => `${name}${suffix}: v128`).join(', ')}`

const kernel = nonce => `
/** The nonce is in word ${nonce}: how far its first hit is among \`count\`, a multiple of 4, or -1. */
export function searchFourWord${nonce}(low: u32, count: i32): i32 {
  const limit = v128.load(LIMIT);
  let lanes = i32x4.add(i32x4.splat(low), i32x4(0, 1, 2, 3));
${lines(2, four.map(variables))}
  for (let i = 0; i < count; i += 4) {
    v128.store(WORDS, swapLanes(lanes), ${nonce * entryBytes});
${lines(4, startRound(four, 'WORDS', nonce * entryBytes))}
    y = x;
${lines(4, writtenOutRounds(four, nonce))}
    for (let at = WORDS + ${16 * entryBytes}; at < WORDS + ${48 * entryBytes}; at += ${perPass * entryBytes}) {
${lines(6, scheduledRounds(four, perPass, firstLooped - nonce - 1))}
    }
    if (v128.any_true(i32x4.le_u(${namesAfter(63 - nonce, four[0])[0]}, limit))) {
      const hit = firstOf(low + i, 4);
      if (hit >= 0) return i + hit;
    }
    lanes = i32x4.add(lanes, i32x4.splat(4));
  }
  return -1;
}
`

/** State and a ^ b as after `rounds` rounds, to KEPT and from there. */
const carried = rounds => stream => [...namesAfter(rounds, stream), `x${stream.suffix}`]
const keep = rounds =>
  interleave(eight, stream => carried(rounds)(stream).map((name, i) => stream.store('KEPT', name, i * 2 * halfBytes)))
const fetch = interleave(eight, stream =>
  carried(0)(stream).map((name, i) => `${name} = ${stream.load('KEPT', i * 2 * halfBytes)}`),
)

const wideKernel = `
/** The nonce is in word \`nonceWord\`, 3 or 11: how far its first hit is among \`count\`, a multiple of 8, or -1. */
export function searchEight(low: u32, count: i32, nonceWord: i32): i32 {
  const limit = v128.load(LIMIT);
  const nonceAt = WORDS + nonceWord * ${entryBytes};
  let lanes = i32x4.add(i32x4.splat(low), i32x4(0, 1, 2, 3));
${lines(2, eight.map(variables))}
  for (let i = 0; i < count; i += 8) {
    v128.store(nonceAt, swapLanes(lanes));
    v128.store(nonceAt, swapLanes(i32x4.add(lanes, i32x4.splat(4))), ${halfBytes});
${lines(4, [...startRound(eight, 'nonceAt', 0), ...keep(0)])}
    for (let at = nonceAt + ${entryBytes}; at < WORDS + ${16 * entryBytes}; at += ${perSmallPass * entryBytes}) {
${lines(6, [...fetch, ...constantRounds(eight, perSmallPass), ...keep(perSmallPass)])}
    }
    for (let at = WORDS; at < WORDS + ${48 * entryBytes}; at += ${perPass * entryBytes}) {
${lines(6, [...fetch, ...scheduledRounds(eight, perPass, 0), ...keep(perPass)])}
    }
    if (v128.any_true(v128.or(i32x4.le_u(v128.load(KEPT), limit), i32x4.le_u(v128.load(KEPT, 16), limit)))) {
      const hit = firstOf(low + i, 8);
      if (hit >= 0) return i + hit;
    }
    lanes = i32x4.add(lanes, i32x4.splat(8));
  }
  return -1;
}
`

const text = `// Written by generate-kernels.mjs. Do not edit.
import { bigSigma0, bigSigma1, smallSigma0, smallSigma1, swapLanes } from "./lanes";
import { KEPT, LIMIT, PARTS, START, WORDS } from "./memory";
import { firstOf } from "./trial";
${[3, 11].map(kernel).join('')}${wideKernel}`

if (process.argv.includes('--stdout')) process.stdout.write(text)
else writeFileSync(new URL('kernels.generated.ts', import.meta.url), text)

/**
 * Whether the work grows faster than the input: inputs are made twice as large again and again, in many ways. CPU time is
 * judged, not the clock, by medians of ratios, and once more before anything is said.
 */
import { decodeCbor, encodeCbor } from '../../packages/core/dist/encoding.js'
import { judge } from './judge.mjs'
import { seedsOf } from './loop.mjs'

const probeSize = 16_384
/** What takes less at the first size is not looked at again: at twice the size it takes four times as much at most. */
const probeMs = 2
const doublings = 3
const worstRatio = 3
const longMs = 1_000
/** Larger ones would only show the same. */
const endlessMs = 4_000

const fillers = [
  ' ',
  '\n',
  '\t',
  'a',
  'A',
  '0',
  '1',
  '9',
  '.',
  '-',
  '/',
  '=',
  '[',
  '{"a":',
  '"',
  '\\"',
  '\\\\',
  'a ',
  'a\n',
  ' \n',
  '1,',
  'é',
  '> ',
  ';',
  ':',
  '%',
  '%41',
  '\u2028',
  '\u0000',
  '[CHARTSEAL:',
]
const places = [0, 0.5, 1]

const textWith = (seed, filler, place, size) => {
  const at = Math.floor(seed.length * place)
  return seed.slice(0, at) + filler.repeat(Math.ceil(size / filler.length)) + seed.slice(at)
}

const bytesWith = (seed, filler, place, size) => {
  const at = Math.floor(seed.length * place)
  const long = Buffer.alloc(Math.max(0, size), Buffer.from(filler))
  return Uint8Array.from(Buffer.concat([seed.subarray(0, at), long, seed.subarray(at)]))
}

const byteFillers = [
  [0],
  [0xff],
  [0x80],
  [0x81],
  [0x01],
  [0x40],
  [0x60],
  [0xa1, 0x61, 0x61],
  [0x61, 0x61, 0x01],
  [0x20],
]

/** Another one of the same kind, so that lists do not consist of copies. */
function nth(value, i) {
  if (value instanceof Uint8Array) {
    const copy = value.slice()
    for (let k = 0; k < Math.min(4, copy.length); k++) copy[copy.length - 1 - k] ^= (i >>> (8 * k)) & 0xff
    return copy
  }
  if (typeof value === 'string') return `${value.slice(0, Math.max(0, value.length - 6))}${i}`
  if (typeof value === 'number') return value + i
  if (Array.isArray(value)) return value.map(part => nth(part, i))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, nth(part, i)]))
}

/** The lists in a value, as functions that give the value with that list so long. */
function listsIn(value, rebuilt = whole => whole) {
  if (Array.isArray(value)) {
    const own =
      value.length === 0
        ? []
        : [count => rebuilt(Array.from({ length: count }, (_, i) => nth(value[i % value.length], i)))]
    return [
      ...own,
      ...value.slice(0, 2).flatMap((part, i) => listsIn(part, one => rebuilt(value.with(i, one)))),
    ]
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  return Object.entries(value).flatMap(([name, part]) =>
    listsIn(part, one => rebuilt({ ...value, [name]: one })),
  )
}

/**
 * Ways to make a seed larger: each is given a size in bytes or characters, and answers an input of about that size. Of other
 * seeds than the first, what is in them grows, and nothing is put into them.
 */
function waysOfText(seed, isFirst) {
  const tree = waysOfTree(seed, JSON.parse, value => JSON.stringify(value))
  if (!isFirst) return tree
  const plain = places.flatMap(place => fillers.map(filler => size => textWith(seed, filler, place, size)))
  const repeated = size => seed.repeat(Math.ceil(size / Math.max(1, seed.length)))
  const lines = seed
    .split('\n')
    .slice(0, 8)
    .map(
      (line, i, all) => size =>
        all.with(i, `${line}\n`.repeat(Math.ceil(size / (line.length + 1))).slice(0, -1)).join('\n'),
    )
  return [...plain, repeated, ...lines, ...tree]
}

function waysOfBytes(seed, isFirst) {
  const tree = [...waysOfTree(seed, decodeCbor, encodeCbor), ...waysOfJsonBytes(seed, isFirst)]
  if (!isFirst) return tree
  const plain = places.flatMap(place =>
    byteFillers.map(filler => size => bytesWith(seed, filler, place, size)),
  )
  const repeated = size =>
    Uint8Array.from(
      Buffer.concat(Array.from({ length: Math.ceil(size / Math.max(1, seed.length)) }, () => seed)),
    )
  return [...plain, repeated, ...tree]
}

const waysOfJsonBytes = (seed, isFirst) =>
  seed[0] === 0x7b
    ? waysOfText(Buffer.from(seed).toString(), isFirst).map(
        way => size => Uint8Array.from(Buffer.from(way(size))),
      )
    : []

function waysOfTree(seed, read, write) {
  try {
    const value = read(seed)
    return listsIn(value).map(longer => {
      const each = Math.max(1, (write(longer(64)).length - write(longer(32)).length) / 32)
      return size => write(longer(Math.ceil(size / each)))
    })
  } catch {
    return []
  }
}

/** The least of some times; once is enough of what takes long. `tell` is given the input before each. */
async function cpuMs(target, input, times, tell) {
  let least = Infinity
  for (let i = 0; i < times && (i === 0 || least < longMs); i++) {
    tell(input)
    const since = process.cpuUsage()
    await judge(target, input)
    const { user, system } = process.cpuUsage(since)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** By how much the work grows each time that the input is twice as large. */
async function ratiosOf(target, way, times, tell) {
  const spent = []
  for (let i = 0; i <= doublings && (spent.at(-1) ?? 0) < endlessMs; i++)
    spent.push(await cpuMs(target, way(probeSize * 2 ** i), times, tell))
  return { spent, ratio: median(spent.slice(1).map((ms, i) => ms / Math.max(spent[i], 0.2))) }
}

/** What grows too fast, one finding for a target. `tell` is given each input before it is tried. */
export async function growthOf(target, tell) {
  const { good, other } = await seedsOf(target)
  const seeds = [
    ...good.toSorted((a, b) => a.length - b.length).slice(0, 2),
    ...other.slice(0, good.length === 0 ? 1 : 0),
  ]
  const ways = seeds.flatMap((seed, i) =>
    (typeof seed === 'string' ? waysOfText : waysOfBytes)(seed, i === 0),
  )
  for (const way of ways) {
    const input = way(probeSize)
    if ((await cpuMs(target, input, 1, tell)) < probeMs || (await cpuMs(target, input, 2, tell)) < probeMs)
      continue
    const first = await ratiosOf(target, way, 2, tell)
    if (first.ratio <= worstRatio) continue
    const { spent, ratio } = await ratiosOf(target, way, 4, tell)
    if (ratio <= worstRatio) continue
    const what = `its work grows ${ratio.toFixed(1)} times when the input is twice as large: ${spent.map(ms => ms.toFixed(0)).join(', ')} ms`
    return [{ target: target.name, what, input }]
  }
  return []
}

/** Changes of what JSON or CBOR says, one place at a time: another value, another name, one more or less. */
const integers = [
  0,
  1,
  2,
  3,
  4,
  16,
  23,
  24,
  32,
  64,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  -1,
  -24,
  -(2 ** 31),
  Number.MIN_SAFE_INTEGER,
  8_640_000_000_000_000,
  253_402_300_800_000,
]
const words = [2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 53n), -(2n ** 64n)]
const names = ['', 'v', 'id', 'at', 'k', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length']

const isBytes = value => value instanceof Uint8Array
const isMap = value => typeof value === 'object' && value !== null && !Array.isArray(value) && !isBytes(value)

/** JSON has neither bytes nor such integers: they are made for CBOR, whose `ways` has a way to change bytes. */
function another(dice, ways) {
  const plain = [
    () => dice.of(integers),
    () =>
      dice.of([
        '',
        'a',
        'PAT-12345',
        '\u0000',
        'x'.repeat(dice.size(4_000)),
        '\u202e',
        '2026-02-30T00:00:00Z',
      ]),
    () => null,
    () => true,
    () => false,
    () => [],
    () => ({}),
    () => Array.from({ length: dice.size(100) }, () => 0),
    () => nested(dice.size(80)),
  ]
  const ofJson = [() => dice.of([0.5, -0, 1e308, 1e-9, -1.5])]
  const ofCbor = [
    () => dice.bytes(dice.of([0, 1, 16, 31, 32, 33, 64, 65, dice.size(300)])),
    () => dice.of(words),
  ]
  return dice.of([...plain, ...(ways.bytes === undefined ? ofJson : ofCbor)])()
}

function nested(depth) {
  let value = 0
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

function changeNumber(value, dice) {
  const next = Number(value) + dice.of([1, -1, 2, 1000, -1000])
  return Number.isSafeInteger(next) ? next : dice.of(integers)
}

/** The same value, with a change somewhere in it. @param ways how `text`, and in CBOR `bytes`, are changed */
export function changeTree(value, dice, ways, other) {
  if (dice.once(8)) return another(dice, ways)
  if (isBytes(value)) return ways.bytes(value, dice, isBytes(other) ? other : value)
  if (typeof value === 'string') return ways.text(value, dice, value)
  if (typeof value === 'number' || typeof value === 'bigint') return changeNumber(value, dice)
  if (Array.isArray(value)) return changeList(value, dice, ways, other)
  if (isMap(value)) return changeMap(value, dice, ways, other)
  return another(dice, ways)
}

function changeList(list, dice, ways, other) {
  const copy = [...list]
  const at = dice.below(copy.length)
  const way = dice.below(8)
  if (copy.length === 0 || way === 0) copy.splice(at, 0, copy.length === 0 ? another(dice, ways) : copy[at])
  else if (way === 1) copy.splice(at, 1)
  else if (way === 2) copy.reverse()
  else if (way === 3)
    return Array.from({ length: copy.length * dice.size(20) }, (_, i) => copy[i % copy.length])
  else copy[at] = changeTree(copy[at], dice, ways, other)
  return copy
}

function changeMap(map, dice, ways, other) {
  const fields = Object.entries(map)
  const at = dice.below(fields.length)
  const way = dice.below(10)
  if (fields.length === 0 || way === 0) fields.push([dice.of(names), another(dice, ways)])
  else if (way === 1) fields.splice(at, 1)
  else if (way === 2) fields[at][0] = dice.of([...names, ...fields.map(([name]) => name)])
  else if (way === 3) fields[at][1] = fields[dice.below(fields.length)][1]
  else fields[at][1] = changeTree(fields[at][1], dice, ways, other)
  return Object.fromEntries(fields)
}

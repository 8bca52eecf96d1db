/** Changes of bytes: blind ones, numbers at a place, and changes of what deterministic CBOR says. */
import { decodeCbor, encodeCbor } from '../../packages/core/dist/encoding.js'
import { changeTree } from './mutate-tree.mjs'

const joined = (...parts) => Uint8Array.from(Buffer.concat(parts))

/** What lengths, counts and versions are when somebody wants them to hurt. */
const numbers = [
  0n,
  1n,
  2n,
  23n,
  24n,
  31n,
  32n,
  63n,
  64n,
  127n,
  128n,
  255n,
  256n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x1_0000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
]

function flip(bytes, dice) {
  const copy = bytes.slice()
  if (copy.length > 0) copy[dice.below(copy.length)] ^= 1 << dice.below(8)
  return copy
}

function setByte(bytes, dice) {
  const copy = bytes.slice()
  if (copy.length > 0)
    copy[dice.below(copy.length)] = dice.of([0, 1, 0x17, 0x18, 0x7f, 0x80, 0xff, dice.below(256)])
  return copy
}

function addToByte(bytes, dice) {
  const copy = bytes.slice()
  if (copy.length > 0) copy[dice.below(copy.length)] += dice.of([1, 255, 2, 254, 32, 224])
  return copy
}

/** A number of 1, 2, 4 or 8 bytes at some place, either end first. */
function setNumber(bytes, dice) {
  const sizeBytes = dice.of([1, 2, 4, 8])
  if (bytes.length < sizeBytes) return flip(bytes, dice)
  const copy = bytes.slice()
  const at = dice.below(copy.length - sizeBytes + 1)
  let value = dice.of([
    ...numbers,
    BigInt(copy.length),
    BigInt(copy.length - at),
    BigInt(copy.length - at - sizeBytes),
  ])
  const isLittle = dice.once(3)
  for (let i = sizeBytes - 1; i >= 0; i--) {
    copy[at + (isLittle ? sizeBytes - 1 - i : i)] = Number(value & 0xffn)
    value >>= 8n
  }
  return copy
}

const cut = (bytes, dice) => bytes.slice(0, dice.below(bytes.length + 1))
const behead = (bytes, dice) => bytes.slice(dice.size(bytes.length))

function remove(bytes, dice) {
  const at = dice.below(bytes.length + 1)
  return joined(bytes.subarray(0, at), bytes.subarray(at + dice.size(bytes.length - at)))
}

function insert(bytes, dice) {
  const at = dice.below(bytes.length + 1)
  const more = dice.once(2) ? dice.bytes(dice.size(16)) : new Uint8Array(dice.size(64)).fill(dice.below(256))
  return joined(bytes.subarray(0, at), more, bytes.subarray(at))
}

function repeat(bytes, dice) {
  const at = dice.below(bytes.length + 1)
  const part = bytes.subarray(at, at + dice.size(Math.min(256, bytes.length - at)))
  const times = dice.once(8) ? dice.size(64) : dice.size(3)
  return joined(bytes.subarray(0, at), ...Array.from({ length: times }, () => part), bytes.subarray(at))
}

function splice(bytes, dice, other) {
  return joined(bytes.subarray(0, dice.below(bytes.length + 1)), other.subarray(dice.below(other.length + 1)))
}

function overwrite(bytes, dice, other) {
  const copy = bytes.slice()
  const from = dice.below(other.length + 1)
  const at = dice.below(copy.length + 1)
  copy.set(other.subarray(from, from + Math.min(dice.size(64), copy.length - at)), at)
  return copy
}

/** Deterministic CBOR, perhaps in front of a signature, with another value in it. */
function changeCbor(bytes, dice, other, ways) {
  const tail = dice.of([0, 0, 64])
  if (bytes.length <= tail) return flip(bytes, dice)
  const split = bytes.length - tail
  try {
    const value = changeTree(decodeCbor(bytes.subarray(0, split)), dice, ways, other)
    return joined(encodeCbor(value), bytes.subarray(split))
  } catch {
    return setNumber(bytes, dice)
  }
}

const changes = [
  flip,
  setByte,
  addToByte,
  setNumber,
  setNumber,
  cut,
  behead,
  remove,
  insert,
  repeat,
  splice,
  overwrite,
]

/** These bytes changed in one way, or in a few; `other` is something of the same kind. */
export function changeBytes(bytes, dice, other, ways) {
  let changed = bytes
  for (let left = dice.size(4); left > 0; left--) {
    const isOfCbor = bytes.length > 1 && dice.once(2)
    changed = (isOfCbor ? changeCbor : dice.of(changes))(changed, dice, other, ways)
  }
  return changed
}

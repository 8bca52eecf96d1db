/** Readers with a fault each, which a search that is any good finds. */
import { ChartsealError, coreError } from '../../packages/core/dist/errors.js'
import { target } from './corpus.mjs'

const refuse = () => coreError('encoding/invalid', { encoding: 'planted' })
const four = () => [Uint8Array.of(4, 1, 2, 3, 4)]

/** The first byte is a length: what it says is believed. */
function believed(input) {
  if (input.length < 2) throw refuse()
  return new DataView(input.buffer, input.byteOffset + 1, input[0]).getUint8(0)
}

/** Touches as much memory as a number in it says. */
function hungry(input) {
  if (input.length < 3) throw refuse()
  return new Uint8Array(input[1] * 1024 * 1024).fill(1).length
}

/** Compares some with each. */
function comparing(text) {
  const parts = text.split(',')
  const some = parts.filter((_, i) => i % 16 === 0)
  let pairs = 0
  for (const one of parts) for (const other of some) if (one === other) pairs++
  return pairs
}

function endless(text) {
  if (text.length < 3) throw refuse()
  while (text.includes('!')) if (Date.now() < 0) break
}

export const planted = [
  target('planted/RangeError', four, believed),
  target(
    'planted/two spellings',
    () => ['abc'],
    text => text.toLowerCase(),
    text => text,
  ),
  target('planted/own input', four, input => input.fill(0)),
  target('planted/unknown code', four, input => {
    if (input[0] === 5) throw new ChartsealError('Bad', 'text', {})
  }),
  target('planted/memory', four, hungry),
  target(
    'planted/never',
    () => ['a'],
    text => {
      if (text.length > 3) throw refuse()
    },
    undefined,
    { never: true },
  ),
]
export const plantedGrowth = [target('planted/growth', () => ['a,b'], comparing)]
export const plantedHang = [target('planted/hang', () => ['abc'], endless)]

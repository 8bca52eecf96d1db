/** How inputs are changed: bytes and texts, each of which may hold the other. */
import { changeBytes } from './mutate-bytes.mjs'
import { changeText } from './mutate-text.mjs'

const ways = {
  bytes: (bytes, dice, other) => changeBytes(bytes, dice, other, ways),
  text: (text, dice, other) => changeText(text, dice, other, ways),
}

/** Whatever grows further says nothing new; what is long is asked by the doubling. */
const maxSize = 200_000

/** An input made of two of a corpus. */
export function changed(dice, corpus) {
  const [one, other] = [dice.of(corpus), dice.of(corpus)]
  const input = typeof one === 'string' ? ways.text(one, dice, other) : ways.bytes(one, dice, other)
  return input.length > maxSize ? input.slice(0, maxSize) : input
}

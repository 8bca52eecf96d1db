/** Changes of texts: of characters, lines and numbers, of JSON, and of bytes that stand in them as base64 or hexadecimal. */
import { changeTree } from './mutate-tree.mjs'

const hostile = [
  '\ufeff',
  '\u00e9',
  'e\u0301',
  ' ',
  '\t',
  '\u00a0',
  '\u200b',
  '\u202e',
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  '\0',
  '\u007f',
  '"',
  '\\',
  '/',
  '+',
  '-',
  '=',
  '.',
  ',',
  ':',
  '#',
  '?',
  '%00',
  '[',
  ']',
  '{',
  '}',
  '__proto__',
  '\u{1f48a}',
  '\ud800',
  '\udc00',
  'é',
  'ß',
  'İ',
  '０',
  '٣',
  '1e999',
  '-0',
  '0x10',
  '18446744073709551616',
  'null',
]

function insert(text, dice) {
  const at = dice.below(text.length + 1)
  const more = dice.once(4) ? dice.of(hostile).repeat(dice.size(200)) : dice.of(hostile)
  return text.slice(0, at) + more + text.slice(at)
}

function remove(text, dice) {
  const at = dice.below(text.length + 1)
  return text.slice(0, at) + text.slice(at + dice.size(Math.min(200, text.length - at)))
}

function repeat(text, dice) {
  const at = dice.below(text.length + 1)
  const part = text.slice(at, at + dice.size(Math.min(100, text.length - at)))
  return text.slice(0, at) + part.repeat(dice.once(8) ? dice.size(200) : dice.size(3)) + text.slice(at)
}

/** Another character of the same text, the next one, or the other case. */
function swap(text, dice) {
  if (text.length === 0) return text
  const at = dice.below(text.length)
  const old = text[at]
  const next = String.fromCharCode(old.charCodeAt(0) ^ (1 << dice.below(7)))
  const turned = old === old.toLowerCase() ? old.toUpperCase() : old.toLowerCase()
  return text.slice(0, at) + dice.of([text[dice.below(text.length)], next, turned]) + text.slice(at + 1)
}

const cut = (text, dice) => text.slice(0, dice.below(text.length + 1))
const turnCase = (text, dice) => (dice.once(2) ? text.toUpperCase() : text.toLowerCase())
const splice = (text, dice, other) =>
  text.slice(0, dice.below(text.length + 1)) + other.slice(dice.below(other.length + 1))

function changeNumber(text, dice) {
  const found = [...text.matchAll(/\d+/g)]
  if (found.length === 0) return swap(text, dice)
  const { index, 0: digits } = dice.of(found)
  const value = dice.of([
    '0',
    '1',
    '00',
    '-1',
    '256',
    '65536',
    '4294967296',
    '9007199254740992',
    `${digits}0`,
    `0${digits}`,
  ])
  return text.slice(0, index) + value + text.slice(index + digits.length)
}

function changeLines(text, dice) {
  const lines = text.split('\n')
  const at = dice.below(lines.length)
  const way = dice.below(4)
  if (way === 0) lines.splice(at, 1)
  else if (way === 1) lines.splice(at, 0, lines[dice.below(lines.length)])
  else if (way === 2) lines.reverse()
  else lines[at] = swap(lines[at], dice)
  return lines.join('\n')
}

const codings = [
  { form: /[0-9a-f]{16,}/g, name: 'hex' },
  { form: /[A-Za-z0-9_-]{16,}/g, name: 'base64url' },
  { form: /[A-Za-z0-9+/]{16,}={0,2}/g, name: 'base64' },
]

/** The bytes of one long word, changed, in the spelling that they had. */
function changeInner(text, dice, _other, ways) {
  const { form, name } = dice.of(codings)
  const found = [...text.slice(0, 20_000).matchAll(form)]
  if (found.length === 0) return swap(text, dice)
  const { index, 0: word } = dice.of(found)
  const bytes = Uint8Array.from(Buffer.from(word, name))
  const changed = innerOf(bytes, dice, ways)
  return text.slice(0, index) + Buffer.from(changed).toString(name) + text.slice(index + word.length)
}

/** What stands in a word may itself be a text, such as JSON. */
function innerOf(bytes, dice, ways) {
  const isText = bytes.length > 0 && bytes.every(byte => byte >= 0x20 && byte < 0x7f)
  if (!isText) return ways.bytes(bytes, dice, bytes)
  const text = Buffer.from(bytes).toString('latin1')
  return Buffer.from(ways.text(text, dice, text))
}

function changeJson(text, dice, _other, ways) {
  try {
    return JSON.stringify(changeTree(JSON.parse(text), dice, { text: ways.text })) ?? 'null'
  } catch {
    return swap(text, dice)
  }
}

const changes = [
  insert,
  remove,
  repeat,
  swap,
  swap,
  cut,
  turnCase,
  splice,
  changeNumber,
  changeLines,
  changeInner,
  changeInner,
]

/** This text changed in one way, or in a few; `other` is something of the same kind. */
export function changeText(text, dice, other, ways) {
  let changed = text
  for (let left = dice.size(3); left > 0; left--) {
    const isOfJson = /^\s*[[{]/.test(changed) && dice.once(2)
    changed = (isOfJson ? changeJson : dice.of(changes))(changed, dice, other, ways)
  }
  return changed
}

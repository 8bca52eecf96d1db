/** SLIP-0039 mnemonics as people write them: any case and spacing, numbered, one word a line, four letters each. */
import { ChartsealError } from '@chartseal/core/errors'
import { parseMnemonic } from '@chartseal/shamir/slip39'
import { pastedError } from '../errors.js'
import type { Found } from './found.js'

const fewestWords = 20
const mostWords = 33
/** The standard's words differ in their first four letters. */
const shortLetters = 4
/** More words are not searched: about 30 mnemonics. */
const maxWords = 1024

type Lookup = (token: string) => string | null

/** With the word list, by its words; without it, by shape alone. */
export function mnemonicsIn(plain: string, words: readonly string[] | null): readonly Found[] {
  return words === null || words.length === 0 ? mnemonicShapes(plain) : mnemonicsOf(plain, words)
}

/** Lines of 20 to 33 words of the right length. */
function mnemonicShapes(plain: string): readonly Found[] {
  return plain
    .split(/[\n\r]+/)
    .map(tokensOf)
    .filter(tokens => tokens.length >= fewestWords && tokens.length <= mostWords)
    .filter(tokens => tokens.every(token => /^[a-z]{4,8}$/.test(token)))
    .map(tokens => found(tokens.join(' '), null))
}

function mnemonicsOf(plain: string, words: readonly string[]): readonly Found[] {
  const lookup = lookupOf(words)
  const sound = runsOf(tokensOf(plain), lookup).flatMap(run => soundIn(run, words))
  const holdsSound = (tokens: readonly string[]): boolean => {
    const text = tokens.map(lookup).join(' ')
    return sound.some(one => text.includes(one.text))
  }
  const others = blocksOf(plain).filter(tokens => !holdsSound(tokens))
  return [...sound, ...others.flatMap(tokens => almostIn(tokens, lookup))]
}

/** Numbers in front of words are left out, as is all that is not a letter. */
function tokensOf(text: string): readonly string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? []
}

function lookupOf(words: readonly string[]): Lookup {
  const whole = new Set(words)
  const short = new Map(words.map(word => [word.slice(0, shortLetters), word]))
  return token => {
    if (whole.has(token)) return token
    return token.length === shortLetters ? (short.get(token) ?? null) : null
  }
}

/** Words of the list with none of another kind between them. */
function runsOf(tokens: readonly string[], lookup: Lookup): readonly (readonly string[])[] {
  const runs: string[][] = [[]]
  for (const token of tokens) {
    const word = lookup(token)
    if (word === null) runs.push([])
    else runs.at(-1)?.push(word)
  }
  let left = maxWords
  return runs
    .filter(run => run.length >= fewestWords)
    .map(run => {
      const kept = run.slice(0, left)
      left -= kept.length
      return kept
    })
}

/** A checksum of 30 bits says where one begins and ends. */
function soundIn(run: readonly string[], words: readonly string[]): readonly Found[] {
  const all: Found[] = []
  for (let at = 0; at + fewestWords <= run.length; ) {
    const size = sizeAt(run, at, words)
    if (size !== null) all.push(found(run.slice(at, at + size).join(' '), null))
    at += size ?? 1
  }
  return all
}

function sizeAt(run: readonly string[], at: number, words: readonly string[]): number | null {
  const most = Math.min(mostWords, run.length - at)
  for (let size = most; size >= fewestWords; size--) {
    if (isSound(run.slice(at, at + size).join(' '), words)) return size
  }
  return null
}

function isSound(text: string, words: readonly string[]): boolean {
  try {
    parseMnemonic(text, words, 0)
    return true
  } catch (error) {
    if (error instanceof ChartsealError) return false
    throw error
  }
}

/** Each line of enough words, or what is between blank lines. */
function blocksOf(plain: string): readonly (readonly string[])[] {
  const lines = plain.split(/\r\n|\n|\r/)
  const long = lines.map(tokensOf).filter(tokens => tokens.length >= fewestWords)
  return long.length > 0 ? long : plain.split(/(?:\r\n|\n|\r)\s*(?:\r\n|\n|\r)/).map(tokensOf)
}

/** A mnemonic with mistakes: most of its words are in the list. Which word was meant is never said. */
function almostIn(tokens: readonly string[], lookup: Lookup): readonly Found[] {
  const words = tokens.map(lookup)
  const known = words.filter(word => word !== null)
  if (tokens.length < fewestWords || known.length * 2 < tokens.length) return []
  const unknown = words.indexOf(null)
  if (unknown >= 0) return [found(tokens.join(' '), pastedError('pasted/unknown-word', { at: unknown + 1 }))]
  return [found(known.join(' '), pastedError('pasted/mistyped', { what: 'mnemonic' }))]
}

const found = (text: string, refusal: ChartsealError | null): Found => ({ kind: 'mnemonic', text, refusal })

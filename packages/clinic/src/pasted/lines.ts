/**
 * Texts without an end mark: shares, what crosses in a pairing, and what belongs to records. Their bytes say how long
 * they are, so that the end is known although a chat has broken the line and a sentence follows.
 */
import { decodeBase64Url, decodeCbor, decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { parseShareText } from '@chartseal/shamir'
import { pastedError } from '../errors.js'
import { cborSize } from './cbor-size.js'
import { beginnings, broken, type Found, kindNames, type PastedKind } from './found.js'
import { codePointName } from './frames.js'
import { isBech32m, jsonSize, keySize } from './record-texts.js'

/** Far above the longest share or pairing line. */
const maxCharacters = 8192
const bech32Characters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const bech32ChecksumCharacters = 6
/** 96 bytes: a nonce and a signature. */
const revealCharacters = 128

interface LineKind {
  readonly kind: PastedKind
  readonly alphabet: string
  readonly characters: string
  /** How many characters of `data` belong to it; `null` when that cannot be known. */
  sizeOf(data: string): number | null
  /** @throws ChartsealError when it is not what it says */
  check(text: string, data: string): void
}

const isBase64Url = { alphabet: 'base64url', characters: '\\w\\-' } as const

const isBech32 = {
  alphabet: 'a text of this kind',
  characters: `${bech32Characters}${bech32Characters.toUpperCase()}`,
} as const

function checkBech32m(text: string): void {
  if (!isBech32m(text)) throw pastedError('pasted/mistyped', { what: 'text' })
}

/** A text of bech32m, whose end follows from the bytes in it. */
const recordText = (kind: PastedKind, measure: (bytes: Uint8Array) => number | null): LineKind => ({
  ...{ kind, ...isBech32, check: checkBech32m },
  sizeOf: data => sizeOfBytes(bytesOfBech32(data.toLowerCase()), 5, bech32ChecksumCharacters, measure),
})

const checkCbor = (_: string, data: string): void => void decodeCbor(decodeBase64Url(data))

const lineKinds: readonly LineKind[] = [
  {
    kind: 'share',
    ...isBech32,
    alphabet: 'a share',
    sizeOf: data => sizeOfBytes(bytesOfBech32(data.toLowerCase()), 5, bech32ChecksumCharacters),
    check: text => void parseShareText(text.toLowerCase()),
  },
  { kind: 'pairing-code', ...isBase64Url, sizeOf: sizeOfBase64Url, check: checkCbor },
  { kind: 'pairing-answer', ...isBase64Url, sizeOf: sizeOfBase64Url, check: checkCbor },
  {
    kind: 'pairing-reveal',
    ...isBase64Url,
    sizeOf: () => revealCharacters,
    check: (_, data) => void decodeBase64Url(data),
  },
  recordText('recipient', keySize),
  recordText('identity', keySize),
  recordText('verify-capability', cborSize),
  recordText('read-capability', cborSize),
  recordText('grant-capability', cborSize),
  {
    kind: 'health-link',
    ...isBase64Url,
    sizeOf: data => sizeOfBase64Url(data, jsonSize),
    check: (_, data) => void JsonObject.parse(decodeUtf8(decodeBase64Url(data))).text('key'),
  },
]

export function* linesIn(plain: string): Generator<Found> {
  for (const line of lineKinds) {
    for (const match of plain.matchAll(new RegExp(broken(beginnings[line.kind]), 'gi'))) {
      const from = match.index + match[0].length
      yield lineOf(line, match[0].replace(/[\s`]+/g, ''), plain.slice(from, from + maxCharacters))
    }
  }
}

function lineOf(line: LineKind, begin: string, rest: string): Found {
  const what = kindNames[line.kind]
  const { runs, next } = runsIn(rest, line.characters)
  const joined = runs.join('')
  const size = line.sizeOf(joined)
  const ends = size !== null && isEnd(runs, size, next)
  const written = `${begin}${ends ? joined.slice(0, size) : joined}`
  const text = spelled(line.kind, written)
  const broken = (refusal: ChartsealError): Found => ({ kind: line.kind, text: text ?? written, refusal })
  if (text === null) return broken(pastedError('pasted/changed-case', { what }))
  if (next !== null && (size === null || size > joined.length)) {
    const at = written.length + 1
    const { alphabet } = line
    return broken(
      pastedError('pasted/foreign-character', { what, alphabet, at, character: codePointName(next) }),
    )
  }
  if (!ends || !isSound(line, text, text.slice(begin.length)))
    return broken(pastedError('pasted/mistyped', { what }))
  return { kind: line.kind, text, refusal: null }
}

/** BIP 173: all in one case; the other prefixes are in lower case. `null` for a mixture. */
function spelled(kind: PastedKind, text: string): string | null {
  const lower = text.toLowerCase()
  if (kind === 'share') return text === lower || text === text.toUpperCase() ? lower : null
  return text.startsWith(beginnings[kind]) ? text : null
}

/** Runs of the alphabet, and the character that ends the last one without a space, if there is one. */
function runsIn(
  rest: string,
  characters: string,
): { readonly runs: readonly string[]; readonly next: string | null } {
  const [whole = ''] = new RegExp(`^[\\s\`]*(?:[${characters}]+[\\s\`]*)*`).exec(rest) ?? []
  const behind = rest.slice(whole.length)
  const glued = behind !== '' && !/[\s`]$/.test(whole)
  const next = glued ? String.fromCodePoint(behind.codePointAt(0) ?? 0) : null
  return { runs: whole.split(/[\s`]+/).filter(run => run !== ''), next }
}

/** An end within a run means that there is more than it should have. */
function isEnd(runs: readonly string[], size: number, next: string | null): boolean {
  let length = 0
  for (const [i, run] of runs.entries()) {
    length += run.length
    const glued = i === runs.length - 1 && next !== null && /[\p{L}\p{N}]/u.test(next)
    if (length >= size) return length === size && !glued
  }
  return false
}

function isSound({ check }: LineKind, text: string, data: string): boolean {
  try {
    check(text, data)
    return true
  } catch (error) {
    if (error instanceof ChartsealError) return false
    throw error
  }
}

function sizeOfBase64Url(data: string, measure = cborSize): number | null {
  // Groups of four are always canonical; what is filled in comes behind the end.
  const filled = `${data}${'A'.repeat((4 - (data.length % 4)) % 4)}`
  return sizeOfBytes(decodeBase64Url(filled), 6, 0, measure)
}

function sizeOfBytes(bytes: Uint8Array, bits: number, behind: number, measure = cborSize): number | null {
  const sizeBytes = measure(bytes)
  return sizeBytes === null ? null : Math.ceil((sizeBytes * 8) / bits) + behind
}

/** Whole bytes of the five bits in each character, checksum included. */
function bytesOfBech32(text: string): Uint8Array {
  const bytes: number[] = []
  let [value, bits] = [0, 0]
  for (const character of text) {
    value = ((value << 5) | bech32Characters.indexOf(character)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >> bits) & 0xff)
  }
  return Uint8Array.from(bytes)
}

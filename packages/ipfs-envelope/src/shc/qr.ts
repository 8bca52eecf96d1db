/** Cards in QR codes: `shc:/` and two digits for each character; SMART Health Cards, "Health Cards as QR Codes". */
import { shcError } from './errors.js'

/** The ordinal of `-`, the lowest character of a JWS. */
const lowest = 45
const maxSingleLength = 1195
const maxChunkLength = 1191
const maxChunks = 99

const grammar = /^shc:\/(?:([1-9]\d?)\/([1-9]\d?)\/)?((?:\d\d)+)$/

/**
 * The JWS in one code, or in all chunks of a set in any order (which HL7 calls deprecated).
 * @throws ChartsealError `shc/bad-qr`
 */
export function parseHealthCardQr(codes: readonly string[]): string {
  const chunks = codes.map(code => chunkOf(code))
  const count = chunks[0]?.count ?? 0
  if (count === 0 || chunks.length !== count || chunks.some(chunk => chunk.count !== count)) {
    throw badQr(`a set must be there whole: ${count} codes of one card`)
  }
  const ordered = chunks.toSorted((a, b) => a.index - b.index)
  if (ordered.some(({ index }, i) => index !== i + 1)) throw badQr('each code of a set must be there once')
  return ordered.map(({ text }) => text).join('')
}

interface Chunk {
  /** From 1. */
  readonly index: number
  readonly count: number
  readonly text: string
}

function chunkOf(code: string): Chunk {
  const [whole, index = '1', count = '1', digits = ''] = grammar.exec(code.trim()) ?? []
  if (whole === undefined) throw badQr('it must be shc:/ and an even number of digits')
  if (Number(index) > Number(count)) throw badQr('its number must be one of its set')
  const text = digits.replace(/../g, pair => String.fromCharCode(Number(pair) + lowest))
  if (!/^[A-Za-z0-9_.-]+$/.test(text)) throw badQr('two of its digits stand for no character of a card')
  return { index: Number(index), count: Number(count), text }
}

/**
 * The texts of the codes that show a card: one, or several of equal length for a long one. In a code, `shc:/` (and the numbers
 * behind it) is a segment of bytes, the digits are a numeric one.
 * @throws ChartsealError `shc/bad-qr` for what is no JWS, or too long for 99 codes
 */
export function formatHealthCardQr(jws: string): readonly string[] {
  if (!/^[A-Za-z0-9_.-]+$/.test(jws)) throw badQr('a card has other characters')
  if (jws.length <= maxSingleLength) return [`shc:/${digitsOf(jws)}`]
  const count = Math.ceil(jws.length / maxChunkLength)
  if (count > maxChunks) throw badQr(`a card must fit into ${maxChunks} codes`)
  const size = Math.ceil(jws.length / count)
  return Array.from({ length: count }, (_, i) => {
    return `shc:/${i + 1}/${count}/${digitsOf(jws.slice(i * size, (i + 1) * size))}`
  })
}

const digitsOf = (text: string): string =>
  text.replace(/./g, character => `${character.charCodeAt(0) - lowest}`.padStart(2, '0'))

const badQr = (reason: string): Error => shcError('shc/bad-qr', { reason })

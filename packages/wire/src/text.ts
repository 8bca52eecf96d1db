import { concat, equal } from '@chartseal/core/bytes'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { sha256 } from '@noble/hashes/sha2.js'
import { messageError } from './errors.js'
import { maxMessageBytes, readHeader } from './frame.js'

/** Whether a text says of itself that it is a part. */
export const partForm: RegExp = /^\[CHARTSEAL:v2:[^:]*:/

const maxTextLength = Math.ceil((maxMessageBytes * 4) / 3) + 64
const maxParts = 64
const telegramCharacters = 4096
// `[CHARTSEAL:v2:`, set id, `:64/64:` and `]`.
const partOverhead = 33

/** One part of a message that was split for a chat's limit. */
export interface Part {
  readonly setId: string
  readonly index: number
  readonly count: number
  readonly bytes: Uint8Array
}

const setIdOf = (message: Uint8Array): string => encodeBase64Url(sha256(message).subarray(0, 8))

/** `[CHARTSEAL:v2:<base64url>]` */
export function formatMessage(message: Uint8Array): string {
  return `[CHARTSEAL:v2:${encodeBase64Url(message)}]`
}

/** The message's bytes; one message has one text. @throws ChartsealError `message/…` */
export function parseMessage(text: string): Uint8Array {
  const message = decode(/^\[CHARTSEAL:v2:([^:\]]*)\]$/, text)[0]
  readHeader(message)
  return message
}

function decode(pattern: RegExp, text: string): [Uint8Array, RegExpExecArray] {
  if (text.length > maxTextLength) throw messageError('message/too-large', { limitBytes: maxMessageBytes })
  const match = pattern.exec(text)
  if (match === null || text.endsWith('\n')) throw messageError('message/malformed', { stage: 'frame' })
  try {
    return [decodeBase64Url(match.at(-1) ?? ''), match]
  } catch {
    throw messageError('message/malformed', { stage: 'base64' })
  }
}

/**
 * One text when it fits, otherwise parts of equal length except for the last.
 * @throws RangeError when 64 parts of at most `maxCharacters` do not hold the message
 */
export function splitMessage(message: Uint8Array, maxCharacters: number = telegramCharacters): string[] {
  const whole = formatMessage(message)
  if (whole.length <= maxCharacters) return [whole]
  const size = Math.floor(((maxCharacters - partOverhead) * 3) / 4)
  const count = Math.ceil(message.length / size)
  if (!(size > 0) || count > maxParts) {
    const least = Math.ceil((Math.ceil(message.length / maxParts) * 4) / 3) + partOverhead
    throw new RangeError(`maxCharacters must be at least ${least}: a message has at most ${maxParts} parts`)
  }
  const setId = setIdOf(message)
  return Array.from({ length: count }, (_, i) => {
    const part = encodeBase64Url(message.subarray(i * size, (i + 1) * size))
    return `[CHARTSEAL:v2:${setId}:${i + 1}/${count}:${part}]`
  })
}

/** @throws ChartsealError `message/malformed`, `message/too-large` */
export function parsePart(text: string): Part {
  const pattern = /^\[CHARTSEAL:v2:([\w-]{11}):([1-9]\d?)\/([1-9]\d?):([^:\]]+)\]$/
  const [bytes, match] = decode(pattern, text)
  const [index, count] = [Number(match[2]), Number(match[3])]
  if (count < 2 || count > maxParts || index > count)
    throw messageError('message/malformed', { stage: 'part' })
  return { setId: match[1] ?? '', index, count, bytes }
}

/**
 * Joins parts that came in any order, copies included.
 * @throws ChartsealError `message/…`, naming missing, conflicting and foreign parts
 */
export function joinParts(texts: readonly string[]): Uint8Array {
  const parts = texts.map(parsePart)
  const found = new Map<number, Part>()
  const [first] = parts
  if (first === undefined) throw messageError('message/malformed', { stage: 'part' })
  const positions = parts.flatMap(({ setId, count }, at) =>
    setId === first.setId && count === first.count ? [] : [at],
  )
  if (positions.length > 0) throw messageError('message/foreign-parts', { positions })
  const conflicts = parts.filter(part => !keep(found, part))
  if (conflicts.length > 0)
    throw messageError('message/conflicting-parts', { parts: conflicts.map(({ index }) => index) })
  const missing = Array.from({ length: first.count }, (_, i) => i + 1).filter(index => !found.has(index))
  if (missing.length > 0) throw messageError('message/missing-parts', { missing })
  return whole(
    first.setId,
    [...found.values()].sort((a, b) => a.index - b.index),
  )
}

/**
 * The message that these texts are: one text, or parts in any order.
 * @throws ChartsealError `message/…` as `parseMessage` and `joinParts`
 */
export function messageOfTexts(texts: readonly string[]): Uint8Array {
  const [only = '', ...others] = texts
  return others.length === 0 && !partForm.test(only) ? parseMessage(only) : joinParts(texts)
}

/** Keeps the first of equal copies; `false` for another content under the same number. */
function keep(found: Map<number, Part>, part: Part): boolean {
  const earlier = found.get(part.index)
  if (earlier === undefined) found.set(part.index, part)
  return earlier === undefined || equal(earlier.bytes, part.bytes)
}

function whole(setId: string, parts: readonly Part[]): Uint8Array {
  const size = parts[0]?.bytes.length ?? 0
  const even = parts.every(({ bytes }, i) =>
    i < parts.length - 1 ? bytes.length === size : bytes.length <= size,
  )
  if (!even) throw messageError('message/malformed', { stage: 'part' })
  const message = concat(...parts.map(({ bytes }) => bytes))
  if (setIdOf(message) !== setId) throw messageError('message/wrong-set', {})
  readHeader(message)
  return message
}

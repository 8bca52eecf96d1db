import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { headerBytes, maxMessageBytes, paddedBytesOf, readFront, readHeader } from './frame.js'
import { type Part, parseMessage, parsePart, partForm } from './text.js'

/** What a text shows without a key; nothing of it is authenticated. */
export interface MessageInspection {
  /** `null` when the text is well formed. */
  readonly refusal: Refusal | null
  readonly message: InspectedMessage | null
  readonly part: InspectedPart | null
}

export interface Refusal {
  readonly code: string
  readonly reason: string
  /** Where reading ended: `size`, `frame`, `base64`, `version`, `suite`, `flags`, `length` or `part`. */
  readonly stage: string
}

interface NamedKey {
  /** Lower-case hexadecimal. */
  readonly kid: string
  readonly counter: bigint
}

export interface InspectedMessage extends NamedKey {
  readonly version: 2
  /** The body, of which the content is most, is shorter than this. */
  readonly paddedBytes: number
}

export interface InspectedPart {
  readonly setId: string
  /** From 1. */
  readonly index: number
  readonly count: number
  readonly partBytes: number
  /** Bounds of the whole message, from this part alone. */
  readonly messageBytes: { readonly min: number; readonly max: number }
  /** In the first part, unless it is shorter than a header. */
  readonly header: NamedKey | null
}

/** Explains any text as one of version 2, without a key; never throws for data. */
export function inspectMessage(text: string): MessageInspection {
  try {
    return partForm.test(text) ? describePart(parsePart(text)) : describeMessage(text)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return { refusal: refusalOf(error), message: null, part: null }
  }
}

function refusalOf({ code, message, context }: ChartsealError): Refusal {
  const { stage = 'size', field = stage }: { readonly stage?: string; readonly field?: string } = {
    ...Object(context),
  }
  return { code, reason: message, stage: field }
}

function describePart({ setId, index, count, bytes }: Part): MessageInspection {
  const isLast = index === count
  const part = {
    setId,
    index,
    count,
    partBytes: bytes.length,
    messageBytes: {
      min: isLast ? bytes.length * count : bytes.length * (count - 1) + 1,
      max: isLast ? maxMessageBytes : Math.min(bytes.length * count, maxMessageBytes),
    },
    header: index === 1 && bytes.length >= headerBytes ? named(readFront(bytes)) : null,
  }
  return { refusal: null, message: null, part }
}

function describeMessage(text: string): MessageInspection {
  const bytes = parseMessage(text)
  const message = { version: 2, ...named(readHeader(bytes)), paddedBytes: paddedBytesOf(bytes) } as const
  return { refusal: null, message, part: null }
}

function named({ kid, counter }: ReturnType<typeof readHeader>): NamedKey {
  return { kid: encodeHex(kid), counter }
}

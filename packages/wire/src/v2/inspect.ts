import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type InspectedMessage, inspect as inspectV1 } from '../v1/inspect.js'
import { paddedBytesOf, readHeader } from './frame.js'
import { parse, parsePart } from './text.js'

/** What a text tells without a key; nothing of it is authenticated. */
export interface Inspection {
  /** The stage at which the text is refused; `null` when it is well formed. */
  readonly refusal: { readonly code: string; readonly reason: string } | null
  readonly message:
    | InspectedMessage
    | {
        readonly version: 2
        /** Lower-case hexadecimal. */
        readonly kid: string
        readonly counter: bigint
        /** The body is shorter than this. */
        readonly paddedBytes: number
      }
    | null
  readonly part: { readonly setId: string; readonly index: number; readonly count: number } | null
}

const partForm = /^\[CHARTSEAL:v2:[^:]*:/

/** Explains any text of version 1 or 2 without a key; never throws for data. */
export function inspect(text: string): Inspection {
  if (text.startsWith('[MEDCRYPT')) return { ...inspectV1(text), part: null }
  try {
    return partForm.test(text) ? describePart(text) : describeMessage(text)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return { refusal: { code: error.code, reason: error.message }, message: null, part: null }
  }
}

function describePart(text: string): Inspection {
  const { setId, index, count } = parsePart(text)
  return { refusal: null, message: null, part: { setId, index, count } }
}

function describeMessage(text: string): Inspection {
  const bytes = parse(text)
  const { kid, counter } = readHeader(bytes)
  const paddedBytes = paddedBytesOf(bytes)
  return { refusal: null, message: { version: 2, kid: encodeHex(kid), counter, paddedBytes }, part: null }
}

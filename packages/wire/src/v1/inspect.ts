import { ChartsealError } from '@chartseal/core/errors'
import { parse, type SealedMessage } from './text.js'

/** What a text shows without a key. */
export interface Inspection {
  /** The stage at which strict parsing refuses the text; `null` when it accepts. */
  readonly refusal: { readonly code: string; readonly reason: string } | null
  /** What it says, where the seed's lax decoder at least can read it; not yet authenticated. */
  readonly message: InspectedMessage | null
}

export interface InspectedMessage {
  readonly version: 1
  /** In clear. */
  readonly patientId: string
  /** Exactly as long as the plaintext in UTF-8: the format hides no length. */
  readonly plaintextBytes: number
}

/** Explains any text without a key; never throws for data. */
export function inspect(text: string): Inspection {
  const strict = attempt(text, false)
  if (!(strict instanceof ChartsealError)) return { refusal: null, message: describe(strict) }
  const lenient = attempt(text, true)
  return {
    refusal: { code: strict.code, reason: strict.message },
    message: lenient instanceof ChartsealError ? null : describe(lenient),
  }
}

function describe({ patientId, ciphertext }: SealedMessage): InspectedMessage {
  return { version: 1, patientId, plaintextBytes: ciphertext.length }
}

function attempt(text: string, lenient: boolean): SealedMessage | ChartsealError {
  try {
    return parse(text, { lenient })
  } catch (error) {
    if (error instanceof ChartsealError) return error
    throw error
  }
}

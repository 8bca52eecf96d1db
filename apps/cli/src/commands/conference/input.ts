/** What is typed, line by line; a line that is no text is told and passed over. */
import { splitLines } from '@chartseal/conformance/interop'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Io } from '../../io/io.js'
import { LiveScreen } from './live-screen.js'
import type { Teller } from './teller.js'
import { type Told, tellUnsaid } from './words.js'

/**
 * Tells what cannot be done, and goes on.
 * @param text what was to be said; it is told when it came too late
 */
export function attempt(teller: Teller, action: () => void, text: string | null = null): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    teller.tell(tellError(error))
    if (text !== null && error.code === 'driver/over') teller.tell(tellUnsaid(text))
  }
}

export function tellError({ code, message }: ChartsealError): Told {
  return { text: `${message} (${code})`, answer: { event: 'error', code, message } }
}

export function tellUnknown(command: string): Told {
  return { text: `No such command: ${command}`, answer: { event: 'unknown-command', command } }
}

/** Until the input ends, which the end of the conference brings about: what was read by then is still given. */
export async function* typedLines(io: Io, teller: Teller, isOver: () => boolean): AsyncGenerator<string> {
  if (teller instanceof LiveScreen) return yield* teller.lines
  try {
    for await (const bytes of splitLines(io.stdin)) {
      const line = textIn(bytes, teller)
      if (line !== null) yield line
    }
  } catch (error) {
    // The input is closed under the reader when the conference ends first. Otherwise nobody can type any more, as on a
    // terminal that is gone: whoever is in the conference does not lose it for that.
    if (!isOver()) teller.tell(tellInputLost(error))
  }
}

function tellInputLost(error: unknown): Told {
  const reason = error instanceof Error ? error.message : String(error)
  const text = `What is typed cannot be read any more (${reason}); the conference goes on.`
  return { text, answer: { event: 'input-lost', reason } }
}

function textIn(bytes: Uint8Array, teller: Teller): string | null {
  try {
    return decodeUtf8(bytes).replace(/\r$/, '')
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    teller.tell(tellError(error))
    return null
  }
}

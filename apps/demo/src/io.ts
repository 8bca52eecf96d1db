/** The world of the demo as a value, so that tests run it in process. */
import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import type { World } from '@chartseal/clinic'

export interface Io extends World {
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where relative paths start: the folder the user is in, not the one npm changed to. */
  readonly cwd: string
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean
}

/** Writes and waits until the stream has taken it. */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, error => (error ? reject(error) : resolve()))
  })
}

/** The error's name and message in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

export interface Painter {
  good(text: string): string
  bad(text: string): string
  title(text: string): string
  faint(text: string): string
}

const inColour =
  (style: 'green' | 'red' | 'bold' | 'dim') =>
  (text: string): string =>
    styleText(style, text, { validateStream: false })
const plain = (text: string): string => text

/** Colours on a terminal only, and never under `--no-color`, `NO_COLOR` (no-color.org) or a dumb terminal. */
export function painter({ env, isTerminal }: Io, wanted: boolean): Painter {
  const { NO_COLOR, TERM } = env
  const refused = !wanted || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb'
  if (!isTerminal || refused) return { good: plain, bad: plain, title: plain, faint: plain }
  return { good: inColour('green'), bad: inColour('red'), title: inColour('bold'), faint: inColour('dim') }
}

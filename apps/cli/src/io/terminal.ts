/** What a person sees on a terminal: colours and progress. */
import { styleText } from 'node:util'
import type { SingleBar } from 'cli-progress'
import type { Io } from './io.js'

export interface Painter {
  good(text: string): string
  bad(text: string): string
  title(text: string): string
  faint(text: string): string
}

const plain = (text: string): string => text
const inColour =
  (style: 'green' | 'red' | 'bold' | 'dim') =>
  (text: string): string =>
    styleText(style, text, { validateStream: false })

/** Colours on a terminal only, and never under `--no-color`, `NO_COLOR` (no-color.org) or a dumb terminal. */
export function painter(io: Io, wanted: boolean): Painter {
  const { NO_COLOR, TERM } = io.env
  const refused = !wanted || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb'
  if (!io.isTerminal.stdout || refused) return { good: plain, bad: plain, title: plain, faint: plain }
  return { good: inColour('green'), bad: inColour('red'), title: inColour('bold'), faint: inColour('dim') }
}

/** A bar on a terminal, nothing elsewhere. */
export interface Progress {
  update(done: number): void
  stop(): void
}

export function startProgress(io: Io, label: string, total: number): Promise<Progress> {
  return startBar(io, `${label} {bar} {percentage}% {value}/{total}`, total)
}

/** Counts on a terminal, for work whose end is not known; nothing elsewhere. */
export function startCounter(io: Io, label: string): Promise<Progress> {
  return startBar(io, `${label} {value}`, Number.MAX_SAFE_INTEGER)
}

async function startBar(io: Io, format: string, total: number): Promise<Progress> {
  if (!io.isTerminal.stderr) return { update: () => undefined, stop: () => undefined }
  // Loaded when it is needed: in scripts nobody watches.
  const { Presets, SingleBar } = await import('cli-progress')
  const bar = new SingleBar({ format, stream: io.stderr, clearOnComplete: true }, Presets.shades_classic)
  bar.start(total, 0)
  return watched(io, bar)
}

const interrupted = 130

/** A bar switches line wrapping and the cursor off: an interrupt must not leave them so. */
function watched(io: Io, bar: SingleBar): Progress {
  const forget = io.onInterrupt?.(() => {
    bar.stop()
    io.exit?.(interrupted)
  })
  const stop = (): void => {
    forget?.()
    bar.stop()
  }
  return { update: done => bar.update(done), stop }
}

/** The same pieces, told to a progress that ends with them. */
export async function* watchedBy(
  starting: Promise<Progress>,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const progress = await starting
  let done = 0
  try {
    for await (const piece of pieces) {
      yield piece
      done += piece.length
      progress.update(done)
    }
  } finally {
    progress.stop()
  }
}

/** Colours, where a person sees them and wants them. */
import { styleText } from 'node:util'
import type { Io } from './io.js'

export interface Painter {
  good(text: string): string
  bad(text: string): string
  title(text: string): string
  faint(text: string): string
}

const plainPainter: Painter = {
  good: text => text,
  bad: text => text,
  title: text => text,
  faint: text => text,
}

const colours: Painter = {
  good: text => styleText('green', text, { validateStream: false }),
  bad: text => styleText('red', text, { validateStream: false }),
  title: text => styleText('bold', text, { validateStream: false }),
  faint: text => styleText('dim', text, { validateStream: false }),
}

/** Colours on a terminal only, and never under `--no-color`, `NO_COLOR` (no-color.org) or a dumb terminal. */
export function painter(io: Io, wanted: boolean): Painter {
  const { NO_COLOR, TERM } = io.env
  const refused = !wanted || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb'
  return io.isTerminal.stdout && !refused ? colours : plainPainter
}

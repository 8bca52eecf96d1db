/** A terminal on which events scroll above a list that stays: who is there, and what they have received. */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'
import type { Writable } from 'node:stream'
import { visible } from '@chartseal/core/text'
import type { MemberCounts, MemberRow } from '@chartseal/elgamal-session'
import { type Io, write } from '../../io/io.js'
import { columnsOf, cutTo } from '../../io/text-width.js'
import type { Teller } from './teller.js'
import { rowTexts, type Told } from './words.js'

const redrawMs = 200
const mostRows = 12

/** What the list shows. */
export interface LiveView {
  readonly title: string
  /** What the connection to the relay is like. */
  readonly isLive: boolean
  readonly sequence: bigint
  readonly counts: MemberCounts
  readonly rows: readonly MemberRow[]
}

export class LiveScreen implements Teller {
  readonly #io: Io
  readonly #view: () => LiveView
  readonly #lines: Interface
  #told: string[] = []
  #drawn: readonly string[] = []
  #timer: NodeJS.Timeout | null = null
  #isClosed = false
  #waiting: (() => void)[] = []

  constructor(io: Io, view: () => LiveView, onInterrupt: () => void) {
    this.#io = io
    this.#view = view
    this.#lines = createInterface({ input: io.stdin, output: io.stdout, prompt: '> ', terminal: true })
    // A terminal that reads keys gives no signal for Ctrl-C.
    this.#lines.on('SIGINT', onInterrupt)
    io.stdout.on('resize', this.#resized)
    this.#lines.prompt()
  }

  readonly #resized = (): void => this.changed()

  /** What is typed, line by line; it ends with the terminal's input. */
  get lines(): AsyncIterable<string> {
    return this.#lines
  }

  tell({ text }: Told): void {
    if (this.#isClosed) {
      this.#io.stdout.write(`${visible(text)}\n`)
      return
    }
    this.#told.push(visible(text))
    this.changed()
  }

  /** With the next drawing. */
  async shown(): Promise<void> {
    if (this.#timer !== null) await new Promise<void>(resolve => this.#waiting.push(resolve))
    await write(this.#io.stdout, '')
  }

  /** The list is drawn anew, soon. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.#draw(), redrawMs)
  }

  async flush(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#draw()
    this.#io.stdout.off('resize', this.#resized)
    this.#lines.close()
  }

  #draw(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const { stdout } = this.#io
    const { rows } = this.#lines.getCursorPos()
    cursorTo(stdout, 0)
    const size = sizeOf(stdout)
    moveCursor(stdout, 0, -(heightOf(this.#drawn, size) + rows))
    clearScreenDown(stdout)
    for (const line of this.#told.splice(0)) stdout.write(`${line}\n`)
    this.#drawn = listOf(this.#view(), size)
    stdout.write(`${this.#drawn.join('\n')}\n`)
    this.#lines.prompt(true)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** In columns and rows. */
export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

const usualSize: ScreenSize = { columns: 80, rows: 24 }
/** The line of sums, the one of those who have no room, the one that is typed, and one above for what is told. */
const otherRows = 4

function sizeOf(stdout: Writable): ScreenSize {
  const { columns = 0, rows = 0 }: { columns?: number; rows?: number } = Object(stdout)
  return {
    columns: columns > 0 ? columns : usualSize.columns,
    rows: rows > 0 ? rows : usualSize.rows,
  }
}

/** On a terminal that has become narrower, lines that were drawn take several. */
function heightOf(lines: readonly string[], { columns }: ScreenSize): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / columns)), 0)
}

/** A line of sums, and those first who need somebody's eye; no line is longer than the screen is wide. */
export function listOf(view: LiveView, size: ScreenSize = usualSize): readonly string[] {
  const { title, isLive, sequence, counts, rows } = view
  const { enrolled, connected, away, emergencyFor, emergencyReceived } = counts
  const sums = [
    isLive ? 'live' : 'NOT LIVE',
    // A narrow screen cuts what is last.
    emergencyFor > 0 ? `emergency seen by ${emergencyReceived} of ${emergencyFor}` : '',
    `${connected} of ${enrolled} connected`,
    away > 0 ? `${away} away` : '',
    `newest ${sequence}`,
  ]
  const room = Math.max(0, Math.min(mostRows, size.rows - otherRows))
  const first = rows.toSorted((a, b) => urgency(b) - urgency(a)).slice(0, room)
  const more = rows.length - first.length
  const nameColumns = Math.max(8, Math.min(32, Math.floor(size.columns / 3)))
  const heading = visible(cutTo(nameColumns, title))
  const lines = [
    `── ${heading}: ${sums.filter(text => text !== '').join(', ')}`,
    ...(rows.length > 0 && room === 0 ? [] : rowTexts(first, nameColumns).map(row => `   ${visible(row)}`)),
    ...(more > 0 ? [`   and ${more} more`] : []),
  ]
  // A line that fills the last column wraps on some terminals.
  return lines.map(line => cutTo(size.columns - 1, line))
}

function urgency({ emergency, behind, state, undelivered }: MemberRow): number {
  const points = [
    emergency === 'waiting' ? 16 : 0,
    behind ? 8 : 0,
    state === 'away' ? 4 : 0,
    state === 'blocked' ? 2 : 0,
    undelivered > 0 ? 1 : 0,
  ]
  return points.reduce((sum, one) => sum + one, 0)
}

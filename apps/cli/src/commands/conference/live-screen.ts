/** A terminal on which events scroll above a list that stays: who is there, and what they have received. */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'
import { visible } from '@chartseal/core/text'
import type { MemberCounts, MemberRow } from '@chartseal/elgamal-session'
import { type Io, write } from '../../io/io.js'
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
  #height = 0
  #timer: NodeJS.Timeout | null = null
  #isClosed = false
  #waiting: (() => void)[] = []

  constructor(io: Io, view: () => LiveView, onInterrupt: () => void) {
    this.#io = io
    this.#view = view
    this.#lines = createInterface({ input: io.stdin, output: io.stdout, prompt: '> ', terminal: true })
    // A terminal that reads keys gives no signal for Ctrl-C.
    this.#lines.on('SIGINT', onInterrupt)
    this.#lines.prompt()
  }

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
    this.#lines.close()
  }

  #draw(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const { stdout } = this.#io
    const { rows } = this.#lines.getCursorPos()
    cursorTo(stdout, 0)
    moveCursor(stdout, 0, -(this.#height + rows))
    clearScreenDown(stdout)
    for (const line of this.#told.splice(0)) stdout.write(`${line}\n`)
    const list = listOf(this.#view())
    stdout.write(`${list.join('\n')}\n`)
    this.#height = list.length
    this.#lines.prompt(true)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A line of sums, and those first who need somebody's eye. */
export function listOf({ title, isLive, sequence, counts, rows }: LiveView): readonly string[] {
  const { enrolled, connected, away, emergencyFor, emergencyReceived } = counts
  const sums = [
    isLive ? 'live' : 'NOT LIVE',
    `${connected} of ${enrolled} connected`,
    away > 0 ? `${away} away` : '',
    `newest ${sequence}`,
    emergencyFor > 0 ? `emergency seen by ${emergencyReceived} of ${emergencyFor}` : '',
  ]
  const first = rows.toSorted((a, b) => urgency(b) - urgency(a)).slice(0, mostRows)
  const more = rows.length - first.length
  return [
    `── ${visible(title)}: ${sums.filter(text => text !== '').join(', ')}`,
    ...rowTexts(first).map(row => `   ${visible(row)}`),
    ...(more > 0 ? [`   and ${more} more`] : []),
  ]
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

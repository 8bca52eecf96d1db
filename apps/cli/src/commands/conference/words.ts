/** Events for people and for machines. */

import type { GuestEvent, HostEvent } from '@chartseal/clinic/tcp'
import { type Answer, toJsonText } from '@chartseal/core/json'
import { visible } from '@chartseal/core/text'
import type { PerformanceRow } from '@chartseal/elgamal-session/interim'
import { type Io, write } from '../../io/io.js'

export interface Told {
  readonly text: string
  readonly answer: Answer
}

/** Prints in order, without holding up the conference; `flush` waits for what is under way. */
export class Teller {
  readonly #io: Io
  readonly #json: boolean
  #last: Promise<void> = Promise.resolve()

  constructor(io: Io, json: boolean) {
    this.#io = io
    this.#json = json
  }

  tell({ text, answer }: Told): void {
    const line = `${this.#json ? toJsonText(answer) : visible(text)}\n`
    this.#last = this.#last.then(() => write(this.#io.stdout, line))
  }

  flush(): Promise<void> {
    return this.#last
  }
}

export function tellHostEvent(event: HostEvent): Told {
  const { kind, ...fields } = event
  return { text: hostText(event), answer: { event: kind, ...fields } }
}

function hostText(event: HostEvent): string {
  switch (event.kind) {
    case 'joined':
      return `${event.id} is in`
    case 'left':
      return `${event.id} is out (${event.reason})`
    case 'blocked':
      return `${event.id} is blocked until ${new Date(event.untilMs).toISOString()}`
    case 'refused':
      return `connection ${event.connection} was refused (${event.reason})`
    case 'rekeyed':
      return `group key of epoch ${event.epoch} for ${listOf(event.members)}`
    case 'broadcast':
      return `said to ${listOf(event.members)}`
  }
}

export function tellGuestEvent(event: GuestEvent): Told {
  const { kind, ...fields } = event
  return { text: guestText(event), answer: { event: kind, ...fields } }
}

function guestText(event: GuestEvent): string {
  switch (event.kind) {
    case 'joined':
      return 'You are in.'
    case 'group-key':
      return `group key of epoch ${event.epoch}`
    case 'message':
      return `Doctor: ${event.text}`
    case 'ignored':
      return `a frame was ignored (${event.reason})`
    case 'ended':
      return event.text === ''
        ? `You are out (${event.reason}).`
        : `You are out (${event.reason}): ${event.text}`
  }
}

export function tellPerformance(rows: readonly PerformanceRow[]): Told {
  const lines = rows.map(
    row =>
      `${row.primitive.padEnd(10)}${String(row.calls).padStart(7)}${row.averageMs.toFixed(3).padStart(12)}`,
  )
  const answer = rows.map(({ primitive, calls, averageMs }) => ({ primitive, calls, average_ms: averageMs }))
  return {
    text: [`${'primitive'.padEnd(10)}${'calls'.padStart(7)}${'average ms'.padStart(12)}`, ...lines].join(
      '\n',
    ),
    answer: { event: 'performance', rows: answer },
  }
}

export function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', ')
}

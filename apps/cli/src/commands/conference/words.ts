/** Events for people and for machines. */
import type { HostEvent } from '@chartseal/clinic/conference'
import type { Answer, AnswerValue } from '@chartseal/core/json'
import type { MemberRow, PatientEvent, PerformanceRow } from '@chartseal/elgamal-session'

export interface Told {
  readonly text: string
  readonly answer: Answer
}

export function tellHostEvent(event: HostEvent): Told {
  return { text: hostText(event), answer: answerOf(event) }
}

export function tellGuestEvent(event: PatientEvent): Told {
  return { text: guestText(event), answer: answerOf(event) }
}

function hostText(event: HostEvent): string {
  switch (event.kind) {
    case 'live':
      return 'Patients can come in.'
    case 'detached':
      return 'The relay is not there: what is said goes out when it is.'
    case 'reconnecting':
      return `No way to the relay (${event.reason}); trying again in ${seconds(event.afterMs)}.`
    case 'restored':
      return 'The log of the relay went on after this journal ends: everybody must come in anew.'
    case 'superseded':
    case 'host-taken-over':
      return 'Another host goes on with this conference.'
    case 'over':
      return 'The relay has ended this conference: its time is up, or another device of yours ended it.'
    case 'relay-refused':
      return `NOT LIVE: the relay shows a log that is not of this conference (${event.reason}).`
    case 'joined':
      return `${event.patient} is in`
    case 'returned':
      return `${event.patient} is back`
    case 'away':
      return `${event.patient} is away`
    case 'left':
      return `${event.patient} is out (${event.reason})`
    case 'taken-over':
      return `${event.patient} goes on with another device`
    case 'blocked':
      return event.untilMs === null
        ? `${event.patient} is blocked until you lift it (${event.reason})`
        : `${event.patient} is blocked until ${instant(event.untilMs)} (${event.reason})`
    case 'unblocked':
      return `${event.patient} may come in again`
    case 'refused':
      return `somebody was refused (${event.reason})`
    case 'said':
      return `said${event.emergency ? ' as an emergency' : ''} (${event.sequence})`
    case 'log-lost':
      return `The relay lost its log: who does not have everything up to ${event.sequence} will not get it.`
    case 'never-said':
      return `NOBODY WAS TOLD: ${event.texts.map(indented).join(' / ')}`
    case 'waiting':
      return 'It goes out when the relay is there.'
    case 'logged':
      return `kept by the relay up to ${event.sequence}`
    case 'direct':
      return `${event.patient}: ${indented(event.text)}`
    case 'direct-sent':
      return `for ${event.patient}, number ${event.id}`
    case 'direct-received':
      return `${event.patient} has received number ${event.id}`
    case 'direct-lost':
      return `${event.patient} left before ${event.ids.join(', ')} arrived`
    case 'ended':
      return 'The conference has ended.'
  }
}

function guestText(event: PatientEvent): string {
  switch (event.kind) {
    case 'joined':
      return event.by === 'ticket' ? 'You are in again.' : 'You are in.'
    case 'message':
      return `${event.emergency ? 'EMERGENCY from the doctor' : 'Doctor'}: ${indented(event.text)}`
    case 'direct':
      return `Doctor, to you alone: ${indented(event.text)}`
    case 'direct-sent':
      return `for the doctor, number ${event.id}`
    case 'direct-received':
      return `The doctor has received number ${event.id}.`
    case 'direct-lost':
      return `Not delivered: number ${event.ids.join(', ')}.`
    case 'live':
      return event.live ? 'Live.' : `NOT LIVE since ${instant(event.sinceMs)}: something may be missing.`
    case 'gap':
      return `Messages ${event.from} to ${event.to} are missing (${event.reason}).`
    case 'reconnecting':
      return `Connection lost (${event.reason}); trying again in ${seconds(event.afterMs)}.`
    case 'blocked':
      return event.untilMs === null
        ? 'The doctor has blocked you.'
        : `The doctor has blocked you until ${instant(event.untilMs)}.`
    case 'taken-over':
      return 'Another device with your key is in the conference; this one is out.'
    case 'leaving':
      return 'You are out here; the doctor is being told.'
    case 'left':
      return 'You have left, and the doctor knows it.'
    case 'ended':
      return event.reason === 'ended' ? 'The doctor has ended the conference.' : 'The doctor has removed you.'
  }
}

/** Nobody has it, as far as is known here. */
export function tellUnsaid(text: string): Told {
  return { text: `Did not go out: ${indented(text)}`, answer: { event: 'unsaid', text } }
}

export function tellExpired(untilMs: number): Told {
  const text = `The time of this conference was up at ${instant(untilMs)}, and nobody answers: this seat is destroyed.`
  return { text, answer: { event: 'expired', until_ms: untilMs } }
}

/** It is durable, and said when this device next connects. */
export const tellLeaveUntold: Told = {
  text: 'The doctor could not be told that you left: chartseal conference leave tells them when there is a connection.',
  answer: { event: 'leave-untold' },
}

/** The host is over here, and the clinic was not told. */
export function tellUntold(reason: string, conference: string): Told {
  const text = `The clinic does not know of the end yet (${reason}). ${conference} is kept: run the same command again, which ends it there.`
  return { text, answer: { event: 'end-untold', reason } }
}

/** A second line of what others wrote cannot pass for an event. */
const indented = (text: string): string => text.replaceAll('\n', '\n    ')

/** Fields in snake case; a `null` stays out. */
function answerOf(event: { readonly kind: string }): Answer {
  const fields = Object.entries(event).flatMap(([name, value]): [string, AnswerValue][] => {
    if (name === 'kind' || value === null) return []
    return [[snakeCase(name), value]]
  })
  return { event: event.kind, ...Object.fromEntries(fields) }
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
const instant = (ms: number): string => new Date(ms).toISOString()
const seconds = (ms: number): string => `${Math.max(1, Math.ceil(ms / 1000))} s`

export function tellWho(rows: readonly MemberRow[]): Told {
  const answer = rows.map(row => ({
    name: row.name,
    state: row.state,
    acknowledged: row.acknowledged,
    emergency: row.emergency,
    behind: row.behind,
    undelivered: row.undelivered,
  }))
  return { text: rowTexts(rows).join('\n'), answer: { event: 'who', patients: answer } }
}

const emergencyWords = { none: '', waiting: 'emergency not seen', received: 'emergency seen' } as const

/** One line for each patient. */
export function rowTexts(rows: readonly MemberRow[]): readonly string[] {
  if (rows.length === 0) return ['nobody is enrolled']
  const width = Math.min(32, Math.max(...rows.map(({ name }) => name.length)))
  return rows.map(({ name, state, acknowledged, emergency, behind, undelivered }) => {
    const notes = [
      emergencyWords[emergency],
      behind ? 'behind' : '',
      undelivered > 0 ? `${undelivered} not delivered` : '',
    ]
    const line = `${name.padEnd(width)}  ${state.padEnd(9)}  received ${`${acknowledged}`.padEnd(6)}  ${notes.filter(note => note !== '').join(', ')}`
    return line.trimEnd()
  })
}

export function tellPerformance(rows: readonly PerformanceRow[]): Told {
  const head = `${'primitive'.padEnd(10)}${'calls'.padStart(7)}${'average ms'.padStart(12)}`
  const lines = rows.map(
    row =>
      `${row.primitive.padEnd(10)}${String(row.calls).padStart(7)}${row.averageMs.toFixed(3).padStart(12)}`,
  )
  const answer = rows.map(({ primitive, calls, averageMs }) => ({ primitive, calls, average_ms: averageMs }))
  return { text: [head, ...lines].join('\n'), answer: { event: 'performance', rows: answer } }
}

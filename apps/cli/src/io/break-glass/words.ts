/** A request for people, and for scripts. */
import {
  type EmergencyState,
  hasStanding,
  minutesToOpen,
  phaseAt,
  waitsUntilMs,
} from '@chartseal/clinic/break-glass'
import { nameIn, type Roster } from '@chartseal/clinic/roster'
import { encodeBase64Url } from '@chartseal/core/encoding'
import type { Answer, JsonObject } from '@chartseal/core/json'
import { visible } from '@chartseal/core/text'

/** What others wrote, on one line of ours. */
export const oneLine = (text: string): string => visible(text.replaceAll(/\s+/g, ' ').trim())

const at = (ms: number): string => new Date(ms).toISOString()

const stepWords = {
  request: 'asked',
  release: 'released a share',
  denial: 'denied',
  opened: 'opened',
  closed: 'closed',
  reviewed: 'reviewed',
} as const

/** A device with what the officers call whoever works at it. */
export function whoIs(roster: Roster, kid: string): string {
  const name = nameIn(roster, kid)
  return name === null ? kid : `${oneLine(name)}, ${kid}`
}

/** How many events somebody signed whom the newest roster does not let do so. */
export const numStrangers = (state: EmergencyState, roster: Roster): number =>
  state.events.filter(({ event }) => !hasStanding(state, event, roster)).length

export const strangersNote = (num: number): string =>
  `${num} of its events are signed by somebody whom the newest roster does not let do so: ask an officer`

/** The signed words stand in front of what came of them. */
export function stateText(state: EmergencyState, nowMs: number, roster: Roster): string {
  const { set, request } = state
  const { content } = request
  const { policy, about, isDrill } = set.content
  const waits = waitsUntilMs(state)
  const phase = phaseAt(state, nowMs)
  const isWaiting = waits > nowMs && (phase === 'asked' || phase === 'released')
  return [
    `Request    ${encodeBase64Url(content.id)}${isDrill ? ', a drill' : ''}`,
    `Record     ${oneLine(about)}`,
    `Asked by   ${whoIs(roster, request.by)}`,
    `Reason     ${content.reason}: ${oneLine(content.text)}`,
    `Decide by  ${at(content.decideByMs)}, access until ${at(content.accessUntilMs)}`,
    ...(isWaiting ? [`Waits      until ${at(waits)}: an officer can deny it`] : []),
    ...state.events.map(taken => stepLine(state, taken, roster)),
    `State      ${phase}: ${state.releases.length} of ${policy.threshold} released, ${state.denials.length} denied`,
    '',
  ].join('\n')
}

function stepLine(
  state: EmergencyState,
  { event, atMs, isWitnessed }: EmergencyState['events'][number],
  roster: Roster,
): string {
  const { content } = event
  const said =
    'text' in content && content.kind !== 'request' && content.text !== '' ? `: ${oneLine(content.text)}` : ''
  const verdict = content.kind === 'reviewed' ? ` as ${content.verdict}` : ''
  const seen = isWitnessed ? 'witnessed' : 'not witnessed yet'
  const marks = hasStanding(state, event, roster) ? seen : `${seen}, not by the newest roster: ask an officer`
  return `  ${at(atMs)}  ${whoIs(roster, event.by)} ${stepWords[content.kind]}${verdict}${said} (${marks})`
}

export function stateAnswer(state: EmergencyState, nowMs: number, roster: Roster): Answer {
  const { set, request, releases, denials, events, reviews } = state
  return {
    request: encodeBase64Url(request.content.id),
    set: encodeBase64Url(set.content.id),
    about: set.content.about,
    drill: set.content.isDrill,
    state: phaseAt(state, nowMs),
    requester: request.by,
    reason: request.content.reason,
    text: request.content.text,
    releases: [...releases],
    denials: [...denials],
    threshold: set.content.policy.threshold,
    witnessed: events.every(({ isWitnessed }) => isWitnessed),
    minutes_to_open: minutesToOpen(state),
    reviews: reviews.map(({ by, content }) => ({ by, verdict: content.verdict })),
    events: events.map(({ event, atMs, isWitnessed }) => ({
      kind: event.content.kind,
      by: event.by,
      at_ms: atMs,
      witnessed: isWitnessed,
      name: nameIn(roster, event.by),
      rostered: hasStanding(state, event, roster),
    })),
  }
}

/** What the owner of a record still has to do after it was opened. */
export function reviewNotes(row: JsonObject): string {
  if (!row.has('opened_ms')) return ''
  const notes = [
    ...(row.has('rekeyed') && !row.boolean('rekeyed')
      ? ['The record has not been encrypted anew: whoever opened it can still read this version.']
      : []),
    ...(row.boolean('newer_set') ? [] : ['The owner has made no new emergency set for the record.']),
  ]
  return notes.map(note => `${note}\n`).join('')
}

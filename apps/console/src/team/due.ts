/**
 * What comes for a care team: invitation, answer and welcome in the thread of a pair, and frames beside it. All is put aside
 * when it comes, in one write with its message, for the part of the page that knows care teams, which is loaded later.
 */
import { decodeUtf8, encodeHex } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Pair } from '../pairs/pair-row.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { cleanFileName } from '../thread/file-name.js'

export const teamInvitationType = 'application/vnd.chartseal.team+json'
export const teamAnswerType = 'application/vnd.chartseal.team-answer+json'
export const teamWelcomeType = 'application/vnd.chartseal.team-welcome+cbor'

export const teamPrefix = 'team/'
export const teamDuePrefix = 'team-due/'
const frameMark = [0x43, 0x53, 0x54, 0x4d]

/** Whether these bytes say that they are a frame of a care team's thread: docs/spec/care-team.md. */
export const isTeamFrame = (bytes: Uint8Array): boolean => frameMark.every((byte, i) => bytes[i] === byte)

/** Two people may name the same thread: each invitation is of its own pair. */
export const memberRefOf = (pairId: string, id: string): string => `${pairId}.${id}`

/** `give`: keys that this device made for a member, and that are to be sealed for their pair. */
const dueKinds = ['invitation', 'answer', 'welcome', 'frame', 'give'] as const
export type TeamDueKind = (typeof dueKinds)[number]

export interface NamedTeam {
  /** 16 bytes in base64url. */
  readonly id: string
  readonly name: string
}

const idPattern = /^[A-Za-z0-9_-]{22}$/

/** What a thread shows of an invitation; `null`: it is none. All of it is read, and judged, where it is taken. */
export function readNamedTeam(content: Uint8Array): NamedTeam | null {
  try {
    const json = JsonObject.parse(decodeUtf8(content))
    const named = { id: json.text('id'), name: cleanFileName(json.text('title')) }
    return idPattern.test(named.id) ? named : null
  } catch {
    return null
  }
}

const kinds: Readonly<Record<string, TeamDueKind>> = {
  [teamInvitationType]: 'invitation',
  [teamAnswerType]: 'answer',
  [teamWelcomeType]: 'welcome',
}

/** Of what the other side of a pair sent; nothing for all that is of no care team. */
export function teamDueRow(unlocked: Unlocked, pair: Pair, mediaType: string, content: Uint8Array): Beside {
  const kind = kinds[mediaType]
  return kind === undefined ? [] : [dueRow(unlocked, kind, pair.id, content)]
}

/** Of whoever knows the mailbox: it is judged by its signature. */
export const teamFrameRow = (unlocked: Unlocked, frame: Uint8Array): Beside => [
  dueRow(unlocked, 'frame', '', frame),
]

/** Keys for a member, which wait to be sealed for their pair. */
export const welcomeRow = (
  unlocked: Unlocked,
  pairId: string,
  welcome: Uint8Array,
): readonly [key: string, bytes: Uint8Array] => dueRow(unlocked, 'give', pairId, welcome)

function dueRow(
  { random, clock }: Unlocked,
  kind: TeamDueKind,
  pairId: string,
  content: Uint8Array,
): readonly [key: string, bytes: Uint8Array] {
  const time = String(clock.nowMs()).padStart(15, '0')
  return [`${teamDuePrefix}${time}-${encodeHex(random.bytes(4))}/${kind}/${pairId}`, content]
}

export interface TeamDue {
  readonly key: string
  readonly kind: TeamDueKind
  /** Empty for a frame. */
  readonly pairId: string
  readonly content: Uint8Array
}

/** In the order in which it came. A welcome is secret: the caller wipes the content. */
export async function dueForTeams({ rows }: Unlocked): Promise<readonly TeamDue[]> {
  return (await rows.range(teamDuePrefix)).map(([key, content]) => {
    const [, , kind = '', pairId = ''] = key.split('/')
    return { key, kind: dueKinds.find(one => one === kind) ?? 'frame', pairId, content }
  })
}

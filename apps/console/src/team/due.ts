/**
 * What comes for a care team: invitation, answer and welcome in the thread of a pair, and frames beside it. All is put aside
 * when it comes, in one write with its message, for the part of the page that knows care teams, which is loaded later.
 */
import { teamKindOf } from '@chartseal/clinic/team'
import type { Pair } from '../pairs/pair-row.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { rowName } from '../store/row-time.js'

export const teamPrefix = 'team/'
export const teamDuePrefix = 'team-due/'
const frameMark = [0x43, 0x53, 0x54, 0x4d]

/** Whether these bytes say that they are a frame of a care team's thread: docs/spec/care-team.md. */
export const isTeamFrame = (bytes: Uint8Array): boolean => frameMark.every((byte, i) => bytes[i] === byte)

/** `give`: keys that this device made for a member, and that are to be sealed for their pair. */
const dueKinds = ['invitation', 'answer', 'welcome', 'frame', 'give'] as const
export type TeamDueKind = (typeof dueKinds)[number]

/** Of what the other side of a pair sent; nothing for all that is of no care team. */
export function teamDueRow(unlocked: Unlocked, pair: Pair, mediaType: string, content: Uint8Array): Beside {
  const kind = teamKindOf(mediaType)
  return kind === null ? [] : [dueRow(unlocked, kind, pair.id, content)]
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

const dueRow = (
  unlocked: Unlocked,
  kind: TeamDueKind,
  pairId: string,
  content: Uint8Array,
): readonly [key: string, bytes: Uint8Array] => [
  `${teamDuePrefix}${rowName(unlocked)}/${kind}/${pairId}`,
  content,
]

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

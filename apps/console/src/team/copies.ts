/**
 * One copy of a frame for each member's mailbox. A copy is a message without words: it waits, leaves, is asked after and sent
 * once more by what does so for the threads of pairs, under the name of a pair that there is not.
 */
import { encodeHex } from '@chartseal/core/encoding'
import type { TeamPerson, TeamSeat, TeamSending } from '@chartseal/elgamal-session/team'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import type { KnownRows } from '../store/sealed-rows.js'
import { decodeMessageRow, encodeMessageRow, type MessageRow, messagesOf } from '../thread/message-row.js'
import { newItemId, outboxRow } from '../thread/outbox-item.js'
import { placeIn } from './event-row.js'

/** No id of a pair begins so. */
const threadOf = (ref: string): string => `~${ref}`
export const copiesOf = (ref: string): string => messagesOf(threadOf(ref))
const tagBytes = 8
export const tagOf = ({ signing }: Pick<TeamPerson, 'signing'>): string =>
  encodeHex(signing.slice(0, tagBytes))

const frameType = 'application/vnd.chartseal.team-frame'

/** The rows of all copies, under the place of the event that they belong to. Who has no mailbox here gets none. */
export function copyRows(
  unlocked: Unlocked,
  ref: string,
  eventKey: string,
  { frame, to }: Pick<TeamSending<TeamSeat>, 'frame' | 'to'>,
): { readonly rows: Beside; readonly count: number } {
  const reached = to.filter(({ box }) => box !== '')
  return {
    rows: reached.flatMap(person => copyFor(unlocked, ref, eventKey, person, frame)),
    count: reached.length,
  }
}

function copyFor(
  unlocked: Unlocked,
  ref: string,
  eventKey: string,
  person: TeamPerson,
  frame: Uint8Array,
): Beside {
  const { clock, random } = unlocked
  const id = newItemId(random)
  const key = `${copiesOf(ref)}${placeIn(eventKey)}~${tagOf(person)}`
  const row: MessageRow = {
    key,
    own: true,
    ref: '',
    id,
    mediaType: frameType,
    fileName: '',
    text: person.name,
    sizeBytes: frame.length,
    sentMs: clock.nowMs(),
    state: 'sealed',
    why: '',
  }
  const item = {
    pairId: threadOf(ref),
    box: person.box,
    id,
    messageKey: key,
    bytes: frame,
    body: null,
    wasStored: false,
  }
  return [[key, encodeMessageRow(row)], outboxRow(item, unlocked)]
}

/** For whom a copy was made, and how far it is. */
export interface Copy {
  readonly key: string
  readonly name: string
  readonly state: MessageRow['state']
}

/** The copies of each event by its place, from this event on. */
export async function readCopies(
  { rows }: Unlocked,
  ref: string,
  known: KnownRows<MessageRow>,
  firstEvent: string,
): Promise<ReadonlyMap<string, readonly Copy[]>> {
  const prefix = copiesOf(ref)
  const found = await rows.readOnce(prefix, known, decodeMessageRow, `${prefix}${placeIn(firstEvent)}`)
  const copies = new Map<string, readonly Copy[]>()
  for (const { key, text: name, state } of found) {
    const place = placeIn(key).split('~')[0] ?? ''
    copies.set(place, [...(copies.get(place) ?? []), { key, name, state }])
  }
  return copies
}

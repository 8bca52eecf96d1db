/**
 * What a thread carries for a conference: an invitation, and its answer. Both are put aside when they come, in one write with
 * the message, for the part of the page that knows conferences, which is loaded later.
 */
import { answerType, invitationType } from '@chartseal/clinic/conference'
import type { Pair } from '../pairs/pair-row.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { rowName } from '../store/row-time.js'

export const duePrefix = 'due-conference/'
export const conferencePrefix = 'conference/'
export const seatPrefix = 'seat/'

/** A doctor invites and a patient answers: the other way round neither is anything. */
export function dueRow(unlocked: Unlocked, pair: Pair, type: string, content: Uint8Array): Beside {
  const { role } = pair.device.self
  const kind =
    type === invitationType && role === 'patient'
      ? 'invited'
      : type === answerType && role === 'doctor'
        ? 'answered'
        : null
  return kind === null ? [] : [[`${duePrefix}${kind}/${pair.id}/${rowName(unlocked)}`, content]]
}

export interface Due {
  readonly key: string
  readonly kind: 'invited' | 'answered'
  readonly pairId: string
  readonly content: Uint8Array
}

/** In the order in which it came. Secret: the caller wipes the content. */
export async function dueConferences({ rows }: Unlocked): Promise<readonly Due[]> {
  const found = (await rows.range(duePrefix)).map(([key, content]) => {
    const [, kind = '', pairId = ''] = key.split('/')
    return { key, kind: kind === 'invited' ? 'invited' : 'answered', pairId, content } as const
  })
  return found.toSorted((a, b) => (timeIn(a.key) < timeIn(b.key) ? -1 : 1))
}

const timeIn = (key: string): string => key.split('/').at(-1) ?? ''

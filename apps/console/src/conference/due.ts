/**
 * What a thread carries for a conference: an invitation, and its answer. Both are put aside when they come, in one write with
 * the message, for the part of the page that knows conferences, which is loaded later.
 */
import { decodeUtf8, encodeHex } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import type { Pair } from '../pairs/pair-row.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { cleanFileName } from '../thread/file-name.js'

export const invitationType = 'application/vnd.chartseal.conference+json'
export const answerType = 'application/vnd.chartseal.conference-answer+json'

export const duePrefix = 'due-conference/'
const dueOf = (kind: 'invited' | 'answered', pairId: string): string => `${duePrefix}${kind}/${pairId}/`
export const conferencePrefix = 'conference/'
export const seatPrefix = 'seat/'
/** Two people may name the same conference: each invitation is of its own pair. */
export const seatRefOf = (pairId: string, id: string): string => `${pairId}.${id}`

export interface NamedConference {
  /** 16 bytes in base64url. */
  readonly id: string
  readonly name: string
}

const idPattern = /^[A-Za-z0-9_-]{22}$/

/** What a thread shows of an invitation; `null`: it is none. All of it is read, and judged, where it is answered. */
export function readNamed(content: Uint8Array): NamedConference | null {
  try {
    const json = JsonObject.parse(decodeUtf8(content))
    const named = { id: json.text('id'), name: cleanFileName(json.text('title')) }
    return idPattern.test(named.id) ? named : null
  } catch {
    return null
  }
}

/** A doctor invites and a patient answers: the other way round neither is anything. */
export function dueRow({ random, clock }: Unlocked, pair: Pair, type: string, content: Uint8Array): Beside {
  const { role } = pair.device.self
  const kind =
    type === invitationType && role === 'patient'
      ? 'invited'
      : type === answerType && role === 'doctor'
        ? 'answered'
        : null
  if (kind === null) return []
  const time = String(clock.nowMs()).padStart(15, '0')
  return [[`${dueOf(kind, pair.id)}${time}-${encodeHex(random.bytes(4))}`, content]]
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

/**
 * Which bytes were taken here, by their digest. The counter of a message does not say it alone: two devices that came
 * from the same sheets, one after the other, count under one key.
 */
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import type { Header } from '@chartseal/wire'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { refOf } from './message-row.js'

const digestChars = 32
const takenOf = (pairId: string): string => `taken/${pairId}/`

/** The name of the row that says so. */
export function takenKeyOf(pairId: string, header: Header, bytes: Uint8Array): string {
  const digest = encodeHex(defaultEngine().sha256(bytes)).slice(0, digestChars)
  return `${takenOf(pairId)}${refOf(header)}/${digest}`
}

/** Deletes those whose key is gone: such a message opens no more, and need not be known. */
export async function untaken(
  { rows }: Unlocked,
  pairId: string,
  opens: (kid: Uint8Array) => boolean,
): Promise<Beside> {
  const known = new Map<string, boolean>()
  const isGone = (key: string): boolean => {
    const kid = key.slice(takenOf(pairId).length).split(':')[0] ?? ''
    const isOpen = known.get(kid) ?? opens(decodeHex(kid))
    known.set(kid, isOpen)
    return !isOpen
  }
  return (await rows.keys(takenOf(pairId))).filter(isGone).map(key => [key, null] as const)
}

/** The next roster as registrars propose it by hand: own devices, clinics that come, members who go. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { type Member, type Roster, sortedMembers } from '@chartseal/emr-ledger'
import { commandError } from '../command.js'
import type { StoredDevice } from '../store.js'
import { nextRoster } from './registrar.js'

export interface RosterChange {
  /** Of the block that will have it, at least. */
  readonly height: bigint
  readonly devices: readonly StoredDevice[]
  /** Clinics and keys that come; who is there already stays as they are. */
  readonly added: readonly Member[]
  /** Key ids of members who go. */
  readonly ended: readonly string[]
  readonly quorum: number
  /** Seconds: how far back the clock of the ledger is set. */
  readonly time?: bigint
}

/** `null` where nothing changes. @throws ChartsealError `command/usage` for a key that is no member */
export function changedRoster(roster: Roster, change: RosterChange): Roster | null {
  const { height, devices, added, ended, quorum, time } = change
  const base = nextRoster(roster, devices, height)?.members ?? roster.members
  const kidOf = ({ kid }: Member): string => encodeBase64Url(kid)
  const known = new Set(base.map(kidOf))
  const unknown = ended.find(kid => !known.has(kid))
  if (unknown !== undefined)
    throw commandError('command/usage', {
      reason: `The option --end must name members of the roster: ${unknown} is none.`,
    })
  const coming = added.filter(member => !known.has(kidOf(member)))
  const staying = base.map(member => (ended.includes(kidOf(member)) ? endedAt(member, height) : member))
  const members = sortedMembers([...staying, ...coming])
  const isSame = coming.length === 0 && staying.every((member, i) => member === roster.members[i])
  if (isSame && quorum === roster.quorum && time === undefined) return null
  const next = { ...roster, number: roster.number + 1n, members, quorum }
  // Up to the block below the one that will have it, which is there.
  return time === undefined ? next : { ...next, clock: { height: height - 1n, time } }
}

function endedAt(member: Member, height: bigint): Member {
  if (member.until !== null && member.until <= height) return member
  return { ...member, until: height > member.from ? height : member.from + 1n }
}

/** The epochs that a seat keeps: the newest, and a few before it for what is still on its way. */
import { sha256 } from '@chartseal/core/hkdf'
import { chainOf } from './chain.js'
import { teamError } from './errors.js'
import { oldEpochMs, oldEpochs } from './limits.js'
import { personBySigning } from './people.js'
import type { FormerPerson, SenderChain, Team, TeamEpoch, TeamEvent, TeamPerson, TeamSeat } from './types.js'

/** @throws ChartsealError `team/not-in` */
export function newestOf({ phase, epochs }: TeamSeat): TeamEpoch {
  const [newest] = epochs
  if (phase !== 'in' || newest === undefined) throw teamError('team/not-in', { phase })
  return newest
}

/** What a commit or a welcome makes of the list of epochs. */
export interface NextEpoch extends Omit<TeamEpoch, 'endedMs'> {
  readonly title: string
  readonly removed: readonly FormerPerson[]
}

type Kept = Pick<TeamSeat, 'title' | 'epochs' | 'former' | 'chains'>

/** The next epoch is the newest one; those who are not in it any more are remembered for what they sent before. */
export function withEpoch(seat: TeamSeat, next: NextEpoch, nowMs: number): Kept {
  const { title, removed, ...fields } = next
  const [last, ...older] = seat.epochs
  const ended = last === undefined ? [] : [{ ...last, endedMs: nowMs }]
  const epochs = [{ ...fields, endedMs: null }, ...ended, ...older]
  const gone = (last?.people ?? []).filter(one => personBySigning(next.people, one.signing) === undefined)
  // Those whom the commit does not name went in one that this side missed: what is here of them counts.
  const unnamed = gone.filter(one => personBySigning(removed, one.signing) === undefined)
  const added = [...removed, ...unnamed.map(one => formerOf(seat, one, next.epoch))]
  const former = [...seat.former.filter(one => personBySigning(added, one.signing) === undefined), ...added]
  return { title, epochs, former, chains: seat.chains }
}

export function formerOf(seat: TeamSeat, { signing, name }: TeamPerson, epoch: number): FormerPerson {
  const { sequence, hash } = chainOf(seat, signing)
  return { signing, name, epoch, sequence, hash }
}

/** Drops keys whose time is over, and what only they were needed for. The caller wipes what it had before. */
export function settled<Seat extends Team>(seat: Seat, nowMs: number): Seat {
  const epochs = seat.epochs.filter(({ endedMs }, i) => isKept(endedMs, i, nowMs))
  if (epochs.length === seat.epochs.length) return seat
  const oldest = epochs.at(-1)?.epoch ?? 0
  const former = seat.former.filter(({ epoch }) => epoch > oldest)
  const isNeeded = ({ signing }: SenderChain): boolean =>
    [...epochs.flatMap(({ people }) => people)].some(one => personBySigning([one], signing) !== undefined)
  return { ...seat, epochs, former, chains: seat.chains.filter(isNeeded) }
}

const isKept = (endedMs: number | null, age: number, nowMs: number): boolean =>
  endedMs === null || (age <= oldEpochs && nowMs - endedMs <= oldEpochMs)

/** Without keys, and nothing comes any more. */
export const withoutKeys = { epochs: [], chains: [], former: [], waiting: [], sinceEpoch: 0 } as const

/** What the newest epoch changed in the one before. */
export function changedEvent(before: TeamEpoch | undefined, next: NextEpoch, atMs: number): TeamEvent {
  const { epoch, title, people, removed } = next
  const old = before?.people ?? []
  const added = people.filter(one => personBySigning(old, one.signing) === undefined)
  return { kind: 'changed', epoch, atMs, title, added, removed }
}

export const hashOf = (frame: Uint8Array): Uint8Array => sha256(frame)

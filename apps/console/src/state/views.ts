/** What lists show of a pair: no secret is in it. */
import { formatEpoch } from '@chartseal/kdf-keyring'
import { keptKits } from '../kit/kit-row.js'
import { isPaired, type Pair, patientIdOf } from '../pairs/pair-row.js'
import { lookAtPairsOnce, type Unlocked } from '../pairs/pairs.js'
import type { KnownRows } from '../store/sealed-rows.js'
import { decodeMessageRow, type MessageRow, messagesOf, unreadKeyOf } from '../thread/message-row.js'

export interface PairView {
  readonly id: string
  readonly peerName: string
  readonly peerKid: string
  readonly peerBox: string
  /** To which records for them are sealed; empty while they have no record key. */
  readonly peerRecord: string
  readonly patientId: string
  /** Both sides are clinicians. */
  readonly isColleague: boolean
  readonly isPaired: boolean
  /** The kit that covers it has the record key that its other side was told, or may be. */
  readonly isCovered: boolean
  readonly kitCheckedMs: number
  /** Which kit covers it; empty when none does. */
  readonly kitRoot: string
  /** Which record key of this device the other side was told; empty before. */
  readonly toldRecord: string
  /** Since when this side blocks the other one; 0 when it does not. */
  readonly blockedMs: number
  readonly isBlockedByPeer: boolean
  /** The month of its newest keys; empty before pairing. */
  readonly epoch: string
  readonly unread: number
  readonly last: MessageRow | null
}

/** Pairs as they were seen before. */
export type KnownPairs = KnownRows<BareView>
type BareView = Omit<PairView, 'isCovered' | 'unread' | 'last'>

/** Those with news first, then by the newest message, then by name; who is blocked comes last. */
export async function viewPairs(unlocked: Unlocked, known: KnownPairs): Promise<readonly PairView[]> {
  const found = await lookAtPairsOnce(unlocked, known, bare)
  const kits = new Map((await keptKits(unlocked)).map(({ root, record }) => [root, record] as const))
  const views = await Promise.all(
    found.map(async view => {
      const messages = messagesOf(view.id)
      const unread = await unlocked.rows.count(unreadKeyOf(messages))
      const last = await unlocked.rows.last(messages)
      return {
        ...view,
        isCovered: isWhole(view, kits),
        unread,
        last: last === null ? null : decodeMessageRow(...last),
      }
    }),
  )
  return views.toSorted(
    (a, b) =>
      Number(a.blockedMs > 0) - Number(b.blockedMs > 0) ||
      b.unread - a.unread ||
      (b.last?.key.split('/').at(-1) ?? '').localeCompare(a.last?.key.split('/').at(-1) ?? '') ||
      a.peerName.localeCompare(b.peerName),
  )
}

/** A kit of before there were record keys brings back nothing that is sealed to one. */
function isWhole({ kitRoot, toldRecord }: BareView, kits: ReadonlyMap<string, string>): boolean {
  const record = kits.get(kitRoot) ?? ''
  return record !== '' && (toldRecord === '' || toldRecord === record)
}

function bare(pair: Pair): BareView {
  return {
    id: pair.id,
    peerName: pair.device.peerName,
    peerKid: pair.peerKid,
    peerBox: pair.peerBox,
    peerRecord: pair.peerRecord,
    patientId: patientIdOf(pair),
    isColleague: pair.device.isColleague,
    isPaired: isPaired(pair),
    kitCheckedMs: pair.kit?.checkedMs ?? 0,
    kitRoot: pair.kit?.root ?? '',
    toldRecord: pair.toldRecord,
    blockedMs: pair.blockedMs,
    isBlockedByPeer: pair.isBlockedByPeer,
    epoch: monthOf(pair),
  }
}

function monthOf({ device }: Pair): string {
  return device.ring === null ? '' : formatEpoch(device.ring.epoch)
}

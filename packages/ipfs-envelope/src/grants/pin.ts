/** What a list may follow: for readers, who remember the newest one, and for who keeps the lists. */

import { equal } from '@chartseal/core/bytes'
import { platform } from '#platform'
import { cidOfDigest } from '../cid/parse-bytes.js'
import { grantError } from './errors.js'
import type { GrantList } from './list.js'

/** The CID of a list: of its bytes as one raw block. */
export function grantListCid(bytes: Uint8Array): string {
  return cidOfDigest(platform.sha256(bytes))
}

/** What a client remembers of a package: its owner, learned from whoever shared it, and the newest list it has seen. */
export interface GrantPin {
  readonly owner: Uint8Array
  readonly packageId: Uint8Array
  /** `null` before the first list: an old one may be shown then, and nobody can tell. */
  readonly newest: SeenList | null
}

export interface SeenList {
  readonly seq: bigint
  readonly version: number
  readonly payloadCid: string
  readonly cid: string
}

/**
 * Refuses a list of somebody else, of another package, older than the newest one seen, or beside it.
 * @throws ChartsealError `grants/other-owner`, `grants/other-package`, `grants/older`, `grants/forked`,
 * `grants/wrong-version`
 */
export function checkPin(pin: GrantPin, list: GrantList): void {
  requireSame(pin, list)
  const { newest } = pin
  if (newest === null) return
  const { seq } = list
  if (seq < newest.seq) throw grantError('grants/older', { seq, seenSeq: newest.seq })
  const isFork =
    (seq === newest.seq && grantListCid(list.bytes) !== newest.cid) ||
    (seq === newest.seq + 1n && list.previousCid !== newest.cid)
  if (isFork) throw grantError('grants/forked', { seq })
  const isBack = list.version < newest.version || isOtherPayload(newest, list)
  if (isBack) throw wrongVersion(list, newest)
}

/** The pin after this list. Kept durably before what the list opens is shown. @throws as {@link checkPin} */
export function advancePin(pin: GrantPin, list: GrantList): GrantPin {
  checkPin(pin, list)
  const { seq, version, payloadCid } = list
  return { ...pin, newest: { seq, version, payloadCid, cid: grantListCid(list.bytes) } }
}

/**
 * Whether a list is the next one: for who keeps the lists of a package. Pure; `previous` is `null` for the first list.
 * @throws ChartsealError `grants/wrong-seq`, `grants/other-owner`, `grants/other-package`, `grants/forked` for another
 * previous list, `grants/wrong-version`
 */
export function requireSuccessor(previous: GrantList | null, next: GrantList): void {
  const expectedSeq = (previous?.seq ?? 0n) + 1n
  if (previous !== null) requireSame(previous, next)
  if (next.seq !== expectedSeq) throw grantError('grants/wrong-seq', { seq: next.seq, expectedSeq })
  if (previous === null) return
  if (next.previousCid !== grantListCid(previous.bytes)) throw grantError('grants/forked', { seq: next.seq })
  const isStep = next.version === previous.version || next.version === previous.version + 1
  if (!isStep || isOtherPayload(previous, next)) throw wrongVersion(next, previous)
}

function requireSame(known: Pick<GrantPin, 'owner' | 'packageId'>, list: GrantList): void {
  if (!equal(known.owner, list.owner)) throw grantError('grants/other-owner', {})
  if (!equal(known.packageId, list.packageId)) throw grantError('grants/other-package', {})
}

type Payload = Pick<SeenList, 'version' | 'payloadCid'>

const isOtherPayload = (before: Payload, next: Payload): boolean =>
  before.version === next.version && before.payloadCid !== next.payloadCid

const wrongVersion = (next: Payload, previous: Payload): Error =>
  grantError('grants/wrong-version', { version: next.version, previousVersion: previous.version })

/**
 * What is done with a record that is shared. Each step is a new grant list on disk, which the clinic is then given; what a
 * step does not achieve stands in `@chartseal/ipfs-envelope`, "revocation", and is said before it is taken.
 */
import { decodeBase64Url } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import {
  type GrantList,
  grantListCid,
  grantsAnew,
  grantsForNobody,
  grantsWith,
  parseGrantList,
  parseRecipient,
} from '@chartseal/ipfs-envelope'
import type { Signer } from '../api/identity.js'
import { consoleError } from '../errors.js'
import { lookAtPairs, type Unlocked } from '../pairs/pairs.js'
import { contentFrom, ownerOf, sealContent, withKey } from './envelope.js'
import { changeRecord, ownRecord } from './own-records.js'
import { blockKeyOf, type OwnRecord, type Reader } from './own-row.js'
import { type Settled, type Settling, settleRecord } from './settle.js'
import { type Chosen, readerOf, requireSame } from './share.js'

export interface Changing extends Settling {
  readonly signer: Signer
}

/** The clinic gives it to nobody any more, and does again when a person says so. */
export function setServed(changing: Changing, id: string, serves: boolean): Promise<Settled> {
  return step(changing, id, async row => {
    // The same entries under the next number.
    const list = await withKey(row.contentKey, key =>
      grantsWith(ownerOf(changing.signer), listOf(row), key, []),
    )
    return { ...signed(row, list), serves }
  })
}

/** A grant list without this device. What it has seen it may have kept. */
export function takeBack(changing: Changing, id: string, kid: string): Promise<Settled> {
  return step(changing, id, row =>
    grantedTo(
      changing,
      row,
      row.readers.filter(one => one.kid !== kid),
    ),
  )
}

/**
 * One more reader, or the device that a reader has now in place of the one before: for as long, and for what, the others
 * have it. @throws ChartsealError `console/person-changed`, `console/blocked`, `console/kit-first`
 */
export function giveTo(changing: Changing, id: string, chosen: Chosen): Promise<Settled> {
  return step(changing, id, async row => {
    await requireSame(changing.unlocked, chosen)
    const { notAfterMs, purposes } = listOf(row)
    const others = row.readers.filter(({ pairId, kid }) => pairId !== chosen.pairId && kid !== chosen.kid)
    const reader = readerOf(chosen, { untilMs: notAfterMs ?? 0, purposes })
    return grantedTo(changing, row, [...others, reader])
  })
}

/** The same payload, with an entry for the key of each of them and of nobody else. */
async function grantedTo(
  { unlocked, signer }: Changing,
  row: OwnRecord,
  wanted: readonly Reader[],
): Promise<OwnRecord> {
  const { version, payload: cid } = row
  const readers = await unmoved(unlocked, wanted)
  const recipients = await recipientsOf(readers)
  const list = await withKey(row.contentKey, contentKey =>
    grantsAnew(ownerOf(signer), listOf(row), { version, cid, contentKey }, recipients, unlocked),
  )
  return { ...signed(row, list), readers }
}

/** Sealed anew under another key for those who read it still; the payload before it is deleted at the clinic. */
export async function reKey(changing: Changing, id: string): Promise<Settled> {
  await requireSent(changing, id)
  const { unlocked, api, signer } = changing
  await changeRecord(unlocked, id, async row => {
    requireWhole(row)
    const { random } = unlocked
    const [packageId, version] = [decodeBase64Url(id), row.version + 1]
    using next = AeadKey.generate(random)
    const { name, mediaType, sizeBytes, createdMs, labels } = row
    const put = (cid: string, block: Uint8Array) => unlocked.rows.write([[blockKeyOf(id, cid), block]])
    const cid = await withKey(row.contentKey, key => {
      const content = contentFrom(key, { packageId, version: row.version }, row.payload, api.getBlock)
      const header = { name, mediaType, sizeBytes, createdMs, labels }
      return sealContent(next, { packageId, version }, header, content, put, random)
    })
    const readers = await unmoved(unlocked, row.readers)
    const recipients = await recipientsOf(readers)
    const payload = { version, cid, contentKey: next }
    const list = await grantsAnew(ownerOf(signer), listOf(row), payload, recipients, { random })
    const drop = [...row.drop, row.payload]
    const contentKey = next.reveal().slice()
    return { row: { ...signed(row, list), readers, version, payload: cid, contentKey, drop } }
  })
  return settleRecord(changing, id)
}

/** The key is destroyed here, the list is for nobody, and the clinic deletes what it has. It cannot be undone. */
export function shred(changing: Changing, id: string): Promise<Settled> {
  return step(changing, id, async row => {
    const list = await grantsForNobody(ownerOf(changing.signer), listOf(row))
    const ended = { serves: false, readers: [], drop: [...row.drop, row.payload] }
    return { ...signed(row, list), ...ended, contentKey: new Uint8Array() }
  })
}

/** Before the clinic was asked to share it, it can be forgotten here without a trace. */
export async function forget(changing: Changing, id: string): Promise<boolean> {
  const { unlocked } = changing
  let isForgotten = false
  await changeRecord(unlocked, id, async row => {
    if (row.askedSeq > 0) return { row: null }
    isForgotten = true
    return { row: null, beside: await rowsBelow(changing, id) }
  })
  return isForgotten
}

async function rowsBelow({ unlocked: { rows } }: Changing, id: string) {
  const names = [`own-record/${id}`, `due-record/${id}`, ...(await rows.keys(`block/${id}/`))]
  return names.map(key => [key, null] as const)
}

/** With the one before it at the clinic: lists have no gaps. */
async function step(
  changing: Changing,
  id: string,
  change: (row: OwnRecord) => Promise<OwnRecord>,
): Promise<Settled> {
  await requireSent(changing, id)
  await changeRecord(changing.unlocked, id, async row => {
    requireWhole(row)
    return { row: await change(row) }
  })
  return settleRecord(changing, id)
}

/** @throws ChartsealError `console/record-unsent`, `console/record-gone` */
async function requireSent(changing: Changing, id: string): Promise<void> {
  await settleRecord(changing, id)
  const row = await ownRecord(changing.unlocked, id)
  row?.contentKey.fill(0)
  if (row === null) throw consoleError('console/record-gone', {})
  requireWhole(row)
}

/** Asked again under the lock: another step may have come between. */
function requireWhole({ contentKey, seq, storedSeq }: OwnRecord): void {
  if (contentKey.length === 0) throw consoleError('console/record-gone', {})
  if (storedSeq !== seq) throw consoleError('console/record-unsent', {})
}

const listOf = ({ grants }: OwnRecord): GrantList => parseGrantList(grants)

const signed = (row: OwnRecord, { bytes }: GrantList): OwnRecord => ({
  ...row,
  seq: row.seq + 1,
  grants: bytes,
  list: grantListCid(bytes),
  why: '',
})

/** Those whom a pair still has with that device and key: a device that somebody lost is given no new entry. */
async function unmoved(unlocked: Unlocked, readers: readonly Reader[]): Promise<readonly Reader[]> {
  const pairs = await lookAtPairs(unlocked, ({ id, peerKid, peerRecord }) => ({ id, peerKid, peerRecord }))
  return readers.filter(({ pairId, kid, record }) =>
    pairs.some(one => one.id === pairId && one.peerKid === kid && one.peerRecord === record),
  )
}

/** One entry for each key. */
function recipientsOf(
  readers: readonly Reader[],
): Promise<readonly Awaited<ReturnType<typeof parseRecipient>>[]> {
  return Promise.all([...new Set(readers.map(({ record }) => record))].map(record => parseRecipient(record)))
}

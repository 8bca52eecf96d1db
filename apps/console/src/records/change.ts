/**
 * What is done with a record that is shared. Each step is a new grant list on disk, which the clinic is then given; what a
 * step does not achieve stands in `@chartseal/ipfs-envelope`, "revocation", and is said before it is taken.
 */
import { decodeBase64Url } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import {
  type GrantList,
  grantsAnew,
  grantsForNobody,
  grantsWith,
  parseGrantList,
  parseRecipient,
} from '@chartseal/ipfs-envelope'
import type { Signer } from '../api/identity.js'
import { consoleError } from '../errors.js'
import { lookAtPairs } from '../pairs/pairs.js'
import { contentFrom, ownerOf, sealContent, withKey } from './envelope.js'
import { changeRecord } from './own-records.js'
import {
  blockKeyOf,
  blocksOf,
  decodeOwnRecord,
  nothingBefore,
  type OwnRecord,
  ownKeyOf,
  type Reader,
  stored,
} from './own-row.js'
import { type Settled, type Settling, settleRecord } from './settle.js'
import { type Chosen, readerOf, requireSame } from './share.js'
import { signed } from './signed.js'

export interface Changing extends Settling {
  readonly signer: Signer
  /** Told the names of those who have another device or key by now, and so are left out. */
  readonly left?: (names: readonly string[]) => void
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
  return step(changing, id, async row =>
    grantedTo(
      changing,
      row,
      await sameStill(
        changing,
        row.readers.filter(one => one.kid !== kid),
      ),
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
    const others = row.readers.filter(one => one.pairId !== chosen.pairId && one.kid !== chosen.kid)
    const reader = readerOf(chosen, { untilMs: notAfterMs ?? 0, purposes })
    return grantedTo(changing, row, [...(await sameStill(changing, others)), reader])
  })
}

/** The same payload, with an entry for the key of each of them and of nobody else. */
async function grantedTo(
  { unlocked, signer }: Changing,
  row: OwnRecord,
  readers: readonly Reader[],
): Promise<OwnRecord> {
  const { version, payload: cid } = row
  const recipients = await recipientsOf(readers)
  const list = await withKey(row.contentKey, contentKey =>
    grantsAnew(ownerOf(signer), listOf(row), { version, cid, contentKey }, recipients, unlocked),
  )
  return { ...signed(row, list), readers }
}

/** Sealed anew under another key for those who read it still; the payload before it is deleted at the clinic. */
export function reKey(changing: Changing, id: string): Promise<Settled> {
  return step(changing, id, row => sealedAnew(changing, row))
}

async function sealedAnew(changing: Changing, row: OwnRecord): Promise<OwnRecord> {
  const { unlocked, api, signer } = changing
  const { random } = unlocked
  const { id, name, mediaType, sizeBytes, createdMs, labels } = row
  const [packageId, version] = [decodeBase64Url(id), row.version + 1]
  using next = AeadKey.generate(random)
  const put = (cid: string, block: Uint8Array) => unlocked.rows.write([[blockKeyOf(id, cid), block]])
  const cid = await withKey(row.contentKey, key => {
    const content = contentFrom(key, { packageId, version: row.version }, row.payload, api.getBlock)
    const header = { name, mediaType, sizeBytes, createdMs, labels }
    return sealContent(next, { packageId, version }, header, content, put, random)
  })
  // Sealing takes minutes: who reads it is looked at last.
  const readers = await sameStill(changing, row.readers)
  const payload = { version, cid, contentKey: next }
  const list = await grantsAnew(ownerOf(signer), listOf(row), payload, await recipientsOf(readers), {
    random,
  })
  const drop = [...row.drop, row.payload]
  return { ...signed(row, list), readers, version, payload: cid, contentKey: next.reveal().slice(), drop }
}

/** Without those who have another device or key by now: a person decides whether they get it again. */
async function sameStill(
  { unlocked, left }: Changing,
  readers: readonly Reader[],
): Promise<readonly Reader[]> {
  const now = new Set(await lookAtPairs(unlocked, pair => [pair.id, pair.peerKid, pair.peerRecord].join(' ')))
  const isSame = ({ pairId, kid, record }: Reader): boolean => now.has([pairId, kid, record].join(' '))
  left?.(readers.filter(one => !isSame(one)).map(({ name }) => name))
  return readers.filter(isSame)
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

/** With the one before it at the clinic, or refused by it and replaced: lists have no gaps. */
async function step(
  changing: Changing,
  id: string,
  change: (row: OwnRecord) => Promise<OwnRecord>,
): Promise<Settled> {
  const { unlocked } = changing
  const settled = await settleRecord(changing, id)
  const after = await changeRecord(unlocked, id, async row => {
    const base = baseOf(row, settled)
    // Of a payload that was refused, or sealed by a tab that died.
    const old = await unlocked.rows.keys(blocksOf(id))
    const next = await change(base)
    const isOver = next.contentKey.length === 0
    const before = base === row ? stored(row) : row.before
    return {
      row: {
        ...next,
        askedSeq: row.askedSeq,
        storedSeq: row.storedSeq,
        before: isOver ? nothingBefore : before,
      },
      beside: old.map(key => [key, null] as const),
    }
  })
  if (after === null) throw consoleError('console/record-gone', {})
  return settleRecord(changing, id)
}

/**
 * What the next list follows, looked at under the lock of the row: another tab may have taken a step since.
 * @throws ChartsealError `console/record-unsent`, `console/record-gone`
 */
function baseOf(row: OwnRecord, settled: Settled): OwnRecord {
  if (row.contentKey.length === 0) throw consoleError('console/record-gone', {})
  if (row.storedSeq === row.seq) return row
  const isRefused = settled === 'refused' && row.why !== '' && row.before.length > 0
  if (!isRefused) throw consoleError('console/record-unsent', {})
  return decodeOwnRecord(ownKeyOf(row.id), row.before)
}

const listOf = ({ grants }: OwnRecord): GrantList => parseGrantList(grants)

/** One entry for each key. */
function recipientsOf(
  readers: readonly Reader[],
): Promise<readonly Awaited<ReturnType<typeof parseRecipient>>[]> {
  return Promise.all([...new Set(readers.map(({ record }) => record))].map(record => parseRecipient(record)))
}

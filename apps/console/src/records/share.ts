/**
 * Sharing a file: sealed block by block onto the disk of this device, granted to the people who were chosen and to nobody
 * else, and only then on its way (settle.ts). Killed before the last step nothing is shared, and what is left is swept.
 */
import { encodeBase64Url } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { firstGrants, grantListCid, parseRecipient } from '@chartseal/ipfs-envelope'
import type { Signer } from '../api/identity.js'
import { consoleError } from '../errors.js'
import { mayWrite } from '../pairs/may-write.js'
import { changePair, type Unlocked } from '../pairs/pairs.js'
import type { Hold } from '../store/locks.js'
import { cleanFileName } from '../thread/file-name.js'
import { maxRecordBytes, ownerOf, sealContent } from './envelope.js'
import { lockOf, ownRecord, writeRecord } from './own-records.js'
import { blockKeyOf, blocksOf, eachOnce, nothingBefore, type OwnRecord, type Reader } from './own-row.js'
import { isOfRecord } from './settle.js'

/** Somebody as they were shown when they were chosen. */
export interface Chosen {
  readonly pairId: string
  readonly name: string
  readonly kid: string
  readonly record: string
}

export interface ShareWishes {
  readonly file: Pick<File, 'name' | 'type' | 'size' | 'stream'>
  readonly people: readonly Chosen[]
  /** Security labels as FHIR tokens. */
  readonly labels: readonly string[]
  /** 0 without an end. */
  readonly untilMs: number
  /** Codes of HL7 v3 PurposeOfUse; none: any. */
  readonly purposes: readonly string[]
}

export interface Sharing {
  readonly unlocked: Unlocked
  readonly signer: Signer
  readonly hold: Hold
  readonly signal: AbortSignal
  /** Told how much of the file is sealed. */
  readonly said: (doneBytes: number, ofBytes: number) => void
}

/** Gives the id of the package; it is on disk and due when this resolves. @throws ChartsealError `console/…` */
export async function shareFile(sharing: Sharing, wishes: ShareWishes): Promise<string> {
  const { unlocked, hold } = sharing
  const { file, people } = wishes
  if (file.size > maxRecordBytes) throw consoleError('console/too-large', { limitBytes: maxRecordBytes })
  for (const one of people) await requireSame(unlocked, one)
  const packageId = unlocked.random.bytes(16)
  const id = encodeBase64Url(packageId)
  const release = await hold(sealingOf(id))
  try {
    await sealAndGrant(sharing, wishes, packageId)
    return id
  } catch (error) {
    await sweepBlocks(unlocked, id).catch(() => undefined)
    throw error
  } finally {
    release?.()
  }
}

const sealingOf = (id: string): string => `chartseal/sealing/${id}`

/**
 * Nobody is given anything who is not the one that was on the screen: their device and key are compared again.
 * @throws ChartsealError `console/person-changed`, `console/kit-first`, `console/blocked`
 */
export async function requireSame(unlocked: Unlocked, { pairId, kid, record }: Chosen): Promise<void> {
  await changePair(unlocked, pairId, async pair => {
    if (pair.peerKid !== kid || pair.peerRecord !== record || record === '')
      throw consoleError('console/person-changed', {})
    await mayWrite(unlocked, pair)
    return { result: null, pair: null }
  })
}

async function sealAndGrant(sharing: Sharing, wishes: ShareWishes, packageId: Uint8Array): Promise<void> {
  const { unlocked } = sharing
  const { clock, random } = unlocked
  const [id, name] = [encodeBase64Url(packageId), cleanFileName(wishes.file.name)]
  using contentKey = AeadKey.generate(random)
  const header = {
    ...{ name, mediaType: typeOf(wishes.file), sizeBytes: wishes.file.size },
    ...{ createdMs: clock.nowMs(), labels: wishes.labels },
  }
  const content = counted(wishes.file, sharing)
  const payloadId = { packageId, version: 1 }
  const put = (cid: string, block: Uint8Array) => unlocked.rows.write([[blockKeyOf(id, cid), block]])
  const cid = await sealContent(contentKey, payloadId, header, content, put, random)
  for (const one of wishes.people) await requireSame(unlocked, one)
  const terms = termsOf(wishes)
  const readers = eachOnce(wishes.people.map(one => readerOf(one, wishes)))
  const keys = new Set(readers.map(({ record }) => record))
  const recipients = await Promise.all([...keys].map(record => parseRecipient(record)))
  const payload = { ...payloadId, cid, contentKey }
  const list = await firstGrants(ownerOf(sharing.signer), payload, recipients, { terms, random })
  const row: OwnRecord = {
    ...{ id, name, mediaType: header.mediaType, sizeBytes: header.sizeBytes, labels: wishes.labels },
    ...{ createdMs: header.createdMs, version: 1, contentKey: contentKey.reveal(), payload: cid },
    ...{ seq: 1, askedSeq: 0, storedSeq: 0, grants: list.bytes, list: grantListCid(list.bytes) },
    ...{ serves: true, readers, drop: [], why: '', before: nothingBefore },
  }
  // Whoever left before the last step shared nothing.
  sharing.signal.throwIfAborted()
  await writeRecord(unlocked, row)
}

export function readerOf(
  { pairId, kid, record, name }: Chosen,
  { untilMs, purposes }: Pick<ShareWishes, 'untilMs' | 'purposes'>,
): Reader {
  return { pairId, kid, record, name, untilMs, purposes: [...purposes], isTold: false, why: '' }
}

const typeOf = ({ type }: Pick<File, 'type'>): string =>
  /^[\x21-\x7e ]{1,255}$/.test(type) ? type : 'application/octet-stream'

const termsOf = ({ untilMs, purposes }: ShareWishes) => ({
  notBeforeMs: null,
  notAfterMs: untilMs === 0 ? null : untilMs,
  purposes: [...new Set(purposes)].sort(),
})

/** Counts what goes through, and breaks off when the device locks or the person leaves. */
function counted(file: ShareWishes['file'], { said, signal }: Sharing): ReadableStream<Uint8Array> {
  let done = 0
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, output) {
      signal.throwIfAborted()
      done += piece.length
      said(done, file.size)
      output.enqueue(piece)
    },
  })
  return file.stream().pipeThrough(counting)
}

/** What was sealed and never granted: a tab died before the last step. One that another tab works on is left alone. */
export async function sweepSealing(unlocked: Unlocked, hold: Hold): Promise<void> {
  const { rows } = unlocked
  const ids = new Set((await rows.keys('block/')).map(key => key.split('/')[1] ?? ''))
  for (const id of ids) {
    const release = await hold(sealingOf(id))
    if (release === null) continue
    try {
      // Whoever seals a record anew has its lock.
      await unlocked.locks(lockOf(id), async () => {
        if (!(await isNeeded(unlocked, id))) await sweepBlocks(unlocked, id)
      })
    } finally {
      release()
    }
  }
}

/** Not yet at the clinic. One that was sealed anew, and died before that was granted, needs nothing more. */
async function isNeeded(unlocked: Unlocked, id: string): Promise<boolean> {
  try {
    const row = await ownRecord(unlocked, id)
    row?.contentKey.fill(0)
    return row !== null && row.seq !== row.storedSeq
  } catch (error) {
    // A row that is damaged holds up no other one; whether its blocks are needed it cannot say.
    if (!isOfRecord(error)) throw error
    return true
  }
}

async function sweepBlocks({ rows }: Unlocked, id: string): Promise<void> {
  await rows.write((await rows.keys(blocksOf(id))).map(key => [key, null] as const))
}

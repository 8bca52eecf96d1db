/** Records that others share with this device: its owner is pinned, and what was newer once is never taken older. */
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { decodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type AeadKey, SecretBytes } from '@chartseal/core/keys'
import {
  advancePin,
  type GrantList,
  type GrantPin,
  hpkeIdentity,
  openGrant,
  parseGrantList,
  type SeenList,
} from '@chartseal/ipfs-envelope'
import { consoleError } from '../errors.js'
import { lookAtPairs, type Unlocked } from '../pairs/pairs.js'
import { recordKeys } from '../pairs/record-key.js'
import { cleanFileName } from '../thread/file-name.js'
import type { RecordsApi } from './api.js'
import { openContent } from './envelope.js'
import {
  decodeReceivedRecord,
  encodeReceivedRecord,
  type NewestList,
  type ReceivedRecord,
  receivedKeyOf,
  receivedPrefix,
} from './received-row.js'

export interface Opening {
  readonly unlocked: Unlocked
  readonly api: RecordsApi
  /** Told how many blocks came. */
  readonly said: (blocks: number) => void
}

export interface OpenedRecord {
  readonly name: string
  readonly mediaType: string
  readonly labels: readonly string[]
  readonly createdMs: number
  readonly content: Uint8Array
}

/** The newest first. What a side shares that is blocked here shows when the block ends, as its messages do. */
export async function receivedRecords(unlocked: Unlocked): Promise<readonly ReceivedRecord[]> {
  const found = await unlocked.rows.readOnce(receivedPrefix, new Map(), decodeReceivedRecord)
  const blocked = new Set(await lookAtPairs(unlocked, ({ id, blockedMs }) => (blockedMs > 0 ? id : '')))
  const isShown = ({ pairId, openedMs }: ReceivedRecord): boolean => openedMs > 0 || !blocked.has(pairId)
  return found.filter(isShown).toSorted((a, b) => b.receivedMs - a.receivedMs)
}

/** @throws ChartsealError `console/record-gone` */
async function receivedRecord({ rows }: Unlocked, ref: string): Promise<ReceivedRecord> {
  const bytes = await rows.get(receivedKeyOf(ref))
  if (bytes === null) throw consoleError('console/record-gone', {})
  return decodeReceivedRecord(receivedKeyOf(ref), bytes)
}

/**
 * Asks the clinic for the grants, which puts the purpose into its log first, and opens the whole record in memory.
 * @throws ChartsealError `console/other-owner`, `console/not-granted`, `console/damaged-record`, `console/record-gone`, `console/too-large`, `grants/…`, `envelope/…`,
 * `console/offline`, `console/refused`
 */
export async function openReceived(opening: Opening, ref: string, purpose: string): Promise<OpenedRecord> {
  const { unlocked, api } = opening
  const { id } = await receivedRecord(unlocked, ref)
  const bytes = await api.latestGrants(id, purpose)
  using key = await grantedKey(unlocked, ref, parseGrantList(bytes))
  const { version, payload } = await newestOf(unlocked, ref)
  let blocks = 0
  const get = async (cid: string): Promise<Uint8Array> => {
    const block = await api.getBlock(cid)
    opening.said(++blocks)
    return block
  }
  const { header, content } = await openContent(
    key,
    { packageId: decodeBase64Url(id), version },
    payload,
    get,
  )
  await changeReceived(unlocked, ref, row => ({
    result: null,
    row: { ...row, openedMs: unlocked.clock.nowMs() },
  }))
  const { mediaType, labels, createdMs } = header
  return { name: cleanFileName(header.name), mediaType, labels, createdMs, content }
}

async function newestOf(unlocked: Unlocked, ref: string): Promise<NewestList> {
  const { newest } = await receivedRecord(unlocked, ref)
  if (newest === null) throw consoleError('console/record-gone', {})
  return newest
}

/** The pin is durable before anything that the list opens is asked for. */
async function grantedKey(unlocked: Unlocked, ref: string, list: GrantList): Promise<AeadKey> {
  return changeReceived(unlocked, ref, async row => {
    if (thumbprintOf(list.owner) !== row.owner) throw consoleError('console/other-owner', {})
    const pin = pinOf(row, list.owner)
    const key = await keyIn(unlocked, list, pin)
    const { newest } = advancePin(pin, list)
    return { result: key, row: newest === null ? row : { ...row, newest: seen(newest) } }
  })
}

const seen = ({ seq, cid, version, payloadCid }: SeenList): NewestList => ({
  seq: Number(seq),
  list: cid,
  version,
  payload: payloadCid,
})

function pinOf({ id, newest }: ReceivedRecord, owner: Uint8Array): GrantPin {
  const packageId = decodeBase64Url(id)
  if (newest === null) return { owner, packageId, newest }
  const { seq, list: cid, version, payload: payloadCid } = newest
  return { owner, packageId, newest: { seq: BigInt(seq), cid, version, payloadCid } }
}

/** With whichever record key of this device it is for. @throws as `openGrant` */
async function keyIn(unlocked: Unlocked, list: GrantList, pin: GrantPin): Promise<AeadKey> {
  const keys = await recordKeys(unlocked)
  const options = { pin, nowMs: unlocked.clock.nowMs() }
  try {
    for (const bytes of keys) {
      using secret = new SecretBytes(bytes)
      try {
        return await openGrant(list, hpkeIdentity('x25519', secret), options)
      } catch (error) {
        if (!isOpenFailed(error)) throw error
      }
    }
    throw consoleError('console/not-granted', {})
  } finally {
    for (const bytes of keys) bytes.fill(0)
  }
}

const isOpenFailed = (error: unknown): boolean =>
  error instanceof ChartsealError && error.code === 'open/failed'

interface ReceivedChange<Result> {
  readonly result: Result
  readonly row: ReceivedRecord
}

function changeReceived<Result>(
  unlocked: Unlocked,
  ref: string,
  change: (row: ReceivedRecord) => Promise<ReceivedChange<Result>> | ReceivedChange<Result>,
): Promise<Result> {
  return unlocked.locks(`chartseal/${receivedKeyOf(ref)}`, async () => {
    const { result, row } = await change(await receivedRecord(unlocked, ref))
    await unlocked.rows.write([[receivedKeyOf(ref), encodeReceivedRecord(row)]])
    return result
  })
}

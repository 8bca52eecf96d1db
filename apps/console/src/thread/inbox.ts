/**
 * What came for this device: opened once, durable here, and only then acknowledged. Killed in between, it comes again and
 * is known; nothing is lost and nothing is shown twice.
 */
import { acknowledge, type OpenedOnce, openOnce } from '@chartseal/clinic'
import { ChartsealError } from '@chartseal/core/errors'
import { type Body, type Header, readHeader } from '@chartseal/wire'
import type { Deposited } from '../api/answers.js'
import type { ClinicApi } from '../api/client.js'
import { blockType, takeNotice, tellAgain } from '../pairs/block.js'
import { cardType, readCard } from '../pairs/card.js'
import { type Pair, patientIdOf } from '../pairs/pair-row.js'
import { type Beside, changePair, lookAtPairs, type PairChange, type Unlocked } from '../pairs/pairs.js'
import { againType, markAsked, readAsked } from './again.js'
import {
  encodeMessageRow,
  fileKeyOf,
  type MessageRow,
  newMessageKey,
  refOf,
  textType,
  unreadKeyOf,
} from './message-row.js'
import { markOpened, readReceipt, receiptType } from './receipts.js'
import { missingKey, unopenableRows } from './unopenable.js'

export const strayPrefix = 'stray/'

export interface Fetched {
  /** How many messages that people see came. */
  readonly shown: number
  /** What keeps a message at the clinic, such as a clock that jumped; `null` when nothing does. */
  readonly problem: ChartsealError | null
}

/** Fetches all that waits; one tab at a time. @throws ChartsealError `console/offline`, `console/refused` */
export function fetchInbox(
  unlocked: Unlocked,
  api: Pick<ClinicApi, 'list' | 'acknowledge'>,
  box: string,
): Promise<Fetched> {
  return unlocked.locks('chartseal/inbox', async () => {
    let [after, shown] = [0, 0]
    for (;;) {
      const { messages, more } = await api.list(box, after)
      for (const message of messages) {
        const { kind, problem } = await take(unlocked, message)
        if (problem !== null) return { shown, problem }
        if (kind === 'shown') shown++
        await api.acknowledge(box, message.id)
        after = message.position
      }
      if (!more || messages.length === 0) return { shown, problem: null }
    }
  })
}

interface Taken {
  readonly kind: 'shown' | 'quiet'
  /** It must stay where it is. */
  readonly problem: ChartsealError | null
}

async function take(unlocked: Unlocked, { id, bytes }: Deposited): Promise<Taken> {
  const taken = await takeInAny(unlocked, bytes)
  if (taken !== null) return taken
  // Of no pair here, or of a month to come: kept, in case that its keys come.
  await unlocked.rows.write([[`${strayPrefix}${id}`, bytes]])
  return { kind: 'quiet', problem: null }
}

/** `null`: no key of this device opens it. */
async function takeInAny(unlocked: Unlocked, bytes: Uint8Array): Promise<Taken | null> {
  for (const pairId of isMessage(bytes) ? await pairedIds(unlocked) : []) {
    const taken = await changePair(unlocked, pairId, pair => takeInPair(unlocked, pair, bytes))
    if (taken === null) continue
    if (taken.word !== null) await follow(unlocked, pairId, taken.word)
    return taken
  }
  return null
}

/** Tries what no key opened before: a kit may have brought keys back, or the month has come. */
export function retryStrays(unlocked: Unlocked): Promise<void> {
  return unlocked.locks('chartseal/inbox', async () => {
    for (const [key, bytes] of await unlocked.rows.range(strayPrefix)) {
      const taken = await takeInAny(unlocked, bytes)
      if (taken !== null && taken.problem === null) await unlocked.rows.write([[key, null]])
    }
  })
}

function isMessage(bytes: Uint8Array): boolean {
  try {
    return readHeader(bytes).kid.length > 0
  } catch {
    return false
  }
}

const pairedIds = (unlocked: Unlocked): Promise<readonly string[]> =>
  lookAtPairs(unlocked, pair => (pair.device.ring === null ? [] : [pair.id])).then(ids => ids.flat())

/** What the other side says of messages that it had from here. */
interface Word {
  readonly header: Header
  readonly kind: 'opened' | 'asked'
  readonly refs: readonly string[]
}

type InPair = Taken & { readonly word: Word | null }

/** Done before it counts as opened: killed in between, it comes again and is done again. */
async function follow(unlocked: Unlocked, pairId: string, { header, kind, refs }: Word): Promise<void> {
  await (kind === 'opened' ? markOpened : markAsked)(unlocked, pairId, refs)
  await changePair(unlocked, pairId, pair => {
    const { device } = acknowledge(pair.device, header)
    return { result: null, pair: device === null ? null : { ...pair, device } }
  })
}

/** `null`: not of this pair. */
async function takeInPair(
  unlocked: Unlocked,
  pair: Pair,
  bytes: Uint8Array,
): Promise<PairChange<InPair | null>> {
  const { clock, random } = unlocked
  try {
    const names = { patientId: patientIdOf(pair) }
    const { result, device } = openOnce(pair.device, bytes, { names }, { clock, random })
    return await placed(unlocked, { ...pair, device: device ?? pair.device }, result)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return refused(unlocked, pair, bytes, error)
  }
}

/** Where what was opened belongs. Of one's own words that a clinic carries back, none says anything. */
async function placed(unlocked: Unlocked, opened: Pair, result: OpenedOnce): Promise<PairChange<InPair>> {
  const { body, kid, counter, sealedBy } = result
  const header = { kid, counter }
  const word = sealedBy === 'own' ? null : wordIn(body, header)
  if (word !== null) return { result: { ...quietly, word }, pair: opened }
  const pair = { ...opened, device: acknowledge(opened.device, header).device ?? opened.device }
  if (!quietTypes.includes(body.mediaType)) return shown(unlocked, pair, result)
  return { result: quietly, pair: sealedBy === 'own' ? pair : heard(pair, body) }
}

const quietTypes = [receiptType, againType, blockType, cardType]

function wordIn({ mediaType, content }: Body, header: Header): Word | null {
  if (mediaType === receiptType) return { header, kind: 'opened', refs: readReceipt(content) }
  return mediaType === againType ? { header, kind: 'asked', refs: readAsked(content) } : null
}

/** What the other side says of itself. */
function heard(pair: Pair, { mediaType, content, sentAtMs }: Body): Pair {
  if (mediaType === blockType) return takeNotice(pair, content, sentAtMs)
  const { kid, box } = readCard(content)
  // A device that was brought back from a kit knows of no block of its own.
  const moved = { ...pair, peerKid: kid, peerBox: box }
  return sentAtMs < pair.peerToldMs ? moved : { ...moved, isBlockedByPeer: false, peerToldMs: sentAtMs }
}

const quietly = { kind: 'quiet', problem: null, word: null } as const

/** What people see. Of a side that is blocked it is kept without a sign. */
async function shown(
  unlocked: Unlocked,
  pair: Pair,
  { body, sealedBy, ...header }: OpenedOnce,
): Promise<PairChange<InPair>> {
  const isText = body.mediaType === textType && body.fileName === undefined
  const key = newMessageKey(pair.id, unlocked.clock, unlocked.random)
  const row: MessageRow = {
    key,
    own: sealedBy === 'own',
    ref: refOf(header),
    id: '',
    mediaType: body.mediaType,
    fileName: isText ? '' : (body.fileName ?? 'file'),
    text: isText ? textOf(body.content) : '',
    sizeBytes: body.content.length,
    sentMs: Math.max(0, body.sentAtMs),
    state: sealedBy === 'own' ? 'stored' : 'unread',
    why: '',
  }
  const file: Beside = isText ? [] : [[fileKeyOf(key), body.content]]
  const isUnread = row.state === 'unread'
  const isNew = isUnread && pair.blockedMs === 0
  const told = isUnread && !isNew ? await tellAgain(unlocked, pair) : { pair, beside: [] }
  const unread: Beside = isNew ? [[unreadKeyOf(key), new Uint8Array()]] : []
  const beside = [[key, encodeMessageRow(row)] as const, ...unread, ...file, ...(told.beside ?? [])]
  return { result: { ...quietly, kind: isNew ? 'shown' : 'quiet' }, pair: told.pair ?? pair, beside }
}

function textOf(content: Uint8Array): string {
  return new TextDecoder().decode(content)
}

/** Already here; not of this pair; not to be opened, which is shown once; or kept back, since it may open later. */
async function refused(
  unlocked: Unlocked,
  pair: Pair,
  bytes: Uint8Array,
  error: ChartsealError,
): Promise<PairChange<InPair | null>> {
  const { code, context } = error
  if (code === 'thread/replayed') return { result: quietly, pair: null }
  if (code === missingKey) {
    const isNamed = typeof context === 'object' && context !== null && 'where' in context
    if (isNamed && context.where !== 'before') return { result: null, pair: null }
  } else if (code.startsWith('keyring/')) return { result: { ...quietly, problem: error }, pair: null }
  const beside = await unopenableRows(unlocked, pair, bytes, code)
  if (beside === null) return { result: quietly, pair: null }
  return { result: { ...quietly, kind: 'shown' }, pair: null, beside }
}

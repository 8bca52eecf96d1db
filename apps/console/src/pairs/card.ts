/** Where a side is reached: sealed for the other one with the keys that both have just confirmed. */
import { openOnce, sealNext, type World } from '@chartseal/clinic'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { consoleError } from '../errors.js'
import { type Pair, patientIdOf } from './pair-row.js'
import type { PairChange } from './pairs.js'
import { theirTime } from './their-time.js'

export const cardType = 'application/vnd.chartseal.card+json'

export interface Card {
  readonly kid: string
  readonly box: string
  /** To which records for this side are sealed (`csrec1…`); left out by a page that knows of no records. */
  readonly record?: string
}

export const cardBody = (card: Card): { readonly mediaType: string; readonly content: Uint8Array } => ({
  mediaType: cardType,
  content: encodeUtf8(JSON.stringify(card)),
})

/** The bytes of this side's card. */
export function sealCard(pair: Pair, card: Card, world: World): PairChange<Uint8Array> {
  const named = { names: { patientId: patientIdOf(pair) }, body: cardBody(card) }
  const { result, device } = sealNext(pair.device, named, world)
  return { result, pair: device === null ? null : { ...pair, device, toldRecord: card.record ?? '' } }
}

/** Takes the other side's card, so that the two are paired. @throws ChartsealError as `openOnce`, `console/no-card` */
export function takeCard(pair: Pair, bytes: Uint8Array, world: World): PairChange<Card> {
  const { result, device } = openOnce(pair.device, bytes, { names: { patientId: patientIdOf(pair) } }, world)
  const { sealedBy, body } = result
  const card = sealedBy === 'peer' && body.mediaType === cardType ? readCard(body.content) : null
  if (card === null) throw consoleError('console/no-card', {})
  const next = { ...pair, device: device ?? pair.device, slot: '' }
  const sentMs = theirTime(body.sentAtMs, world.clock.nowMs())
  return { result: card, pair: { ...next, ...reached(card, sentMs) } }
}

/**
 * A later card: the side moved, to a device from a kit, which knows of no block of its own; or it has a record key now. What
 * is no card, or is older than the one that is known, changes nothing.
 */
export function takeLaterCard(pair: Pair, content: Uint8Array, sentMs: number): Pair {
  const card = readCard(content)
  if (card === null || sentMs < pair.peerCardMs) return pair
  const next = { ...pair, ...reached(card, sentMs) }
  // The same device, in another mailbox or with another key, knows of its block.
  if (card.kid === pair.peerKid) return next
  // Another device may not know what the one before it was told.
  const moved = { ...next, toldRecord: '' }
  return sentMs < pair.peerToldMs ? moved : { ...moved, isBlockedByPeer: false, peerToldMs: sentMs }
}

const reached = ({ kid, box, record = '' }: Card, sentMs: number) => ({
  peerKid: kid,
  peerBox: box,
  peerCardMs: sentMs,
  peerRecord: record,
})

const kidPattern = /^[A-Za-z0-9_-]{43}$/
const boxPattern = /^[A-Za-z0-9_-]{22}$/
/** What it says is read where something is sealed to it. */
const recordPattern = /^csrec1[02-9ac-hj-np-z]{6,2000}$/

/** `null`: no card. Both go into addresses. */
function readCard(content: Uint8Array): Card | null {
  try {
    const json = JsonObject.parse(decodeUtf8(content))
    const record = json.has('record') ? json.text('record') : ''
    const card = { kid: json.text('kid'), box: json.text('box'), record }
    const isNamed = kidPattern.test(card.kid) && boxPattern.test(card.box)
    return isNamed && (record === '' || recordPattern.test(record)) ? card : null
  } catch {
    return null
  }
}

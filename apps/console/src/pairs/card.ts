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
}

/** The bytes of this side's card. */
export function sealCard(pair: Pair, card: Card, world: World): PairChange<Uint8Array> {
  const body = { mediaType: cardType, content: encodeUtf8(JSON.stringify(card)) }
  const { result, device } = sealNext(pair.device, { names: { patientId: patientIdOf(pair) }, body }, world)
  return { result, pair: device === null ? null : { ...pair, device } }
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
 * A later card: the side moved, to a device from a kit, which knows of no block of its own. What is no card, or is older than
 * the one that is known, changes nothing.
 */
export function takeLaterCard(pair: Pair, content: Uint8Array, sentMs: number): Pair {
  const card = readCard(content)
  if (card === null || sentMs < pair.peerCardMs) return pair
  const moved = { ...pair, ...reached(card, sentMs) }
  // The same device, in another mailbox, knows of its block.
  if (card.kid === pair.peerKid) return moved
  return sentMs < pair.peerToldMs ? moved : { ...moved, isBlockedByPeer: false, peerToldMs: sentMs }
}

const reached = ({ kid, box }: Card, sentMs: number) => ({
  peerKid: kid,
  peerBox: box,
  peerCardMs: sentMs,
})

const kidPattern = /^[A-Za-z0-9_-]{43}$/
const boxPattern = /^[A-Za-z0-9_-]{22}$/

/** `null`: no card. Both go into addresses. */
function readCard(content: Uint8Array): Card | null {
  try {
    const json = JsonObject.parse(decodeUtf8(content))
    const card = { kid: json.text('kid'), box: json.text('box') }
    return kidPattern.test(card.kid) && boxPattern.test(card.box) ? card : null
  } catch {
    return null
  }
}

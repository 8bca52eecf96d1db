/** Where a side is reached: sealed for the other one with the keys that both have just confirmed. */
import { openOnce, sealNext, type World } from '@chartseal/clinic'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { type Pair, patientIdOf } from './pair-row.js'
import type { PairChange } from './pairs.js'

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

/** Takes the other side's card, so that the two are paired. @throws ChartsealError as `openOnce`, `json/invalid` */
export function takeCard(pair: Pair, bytes: Uint8Array, world: World): PairChange<Card> {
  const { result, device } = openOnce(pair.device, bytes, { names: { patientId: patientIdOf(pair) } }, world)
  const card = readCard(result.body.content)
  const next = { ...pair, device: device ?? pair.device, slot: '', peerKid: card.kid, peerBox: card.box }
  return { result: card, pair: next }
}

/** @throws ChartsealError `json/invalid` */
export function readCard(content: Uint8Array): Card {
  const json = JsonObject.parse(decodeUtf8(content))
  return { kid: json.text('kid'), box: json.text('box') }
}

/**
 * A clinic that was set back to an older day does not know a device that came since. It enrols anew under the keys that it
 * has, by another invitation; its mailbox is another one, so every other side is told where it is reached.
 */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import type { ClinicApi } from '../api/client.js'
import type { Signer } from '../api/identity.js'
import { refusalOf } from '../api/refusals.js'
import { consoleError } from '../errors.js'
import { type Card, cardBody } from '../pairs/card.js'
import { isPaired, type Pair } from '../pairs/pair-row.js'
import { changePair, lookAtPairs, type PairChange, type Unlocked } from '../pairs/pairs.js'
import { sealQuietly } from '../thread/send.js'
import { noisePublicKey } from './enrol.js'
import { invitationIn } from './invitation.js'
import { begunKey, type OwnRows } from './own-rows.js'

export interface EnrolAgainOptions {
  readonly unlocked: Unlocked
  readonly api: Pick<ClinicApi, 'enrol'>
  readonly signer: Signer
  readonly own: OwnRows
}

/** @throws ChartsealError `console/no-invitation`, `console/refused`, `console/offline`, `console/bad-answer` */
export async function enrolAgain(options: EnrolAgainOptions, invitation: string): Promise<void> {
  const token = invitationIn(invitation)
  if (token === null) throw consoleError('console/no-invitation', {})
  await options.unlocked.rows.write([[begunKey, encodeUtf8(token)]])
  await finishEnrolling(options)
}

/** What was begun and not finished goes on; the clinic gives the same answer to the same keys. */
export async function finishEnrolling({ unlocked, api, signer, own }: EnrolAgainOptions): Promise<void> {
  const begun = await unlocked.rows.get(begunKey)
  if (begun === null) return
  const { kid, publicKey: identity } = signer
  const noise = await noisePublicKey(unlocked.rows, unlocked)
  const answer = await api
    .enrol({ kid, invitation: decodeUtf8(begun), identity, noise })
    .catch(async reason => {
      // It will not do at another time either.
      if (refusalOf(reason) === 'invitation/unknown') await unlocked.rows.write([[begunKey, null]])
      throw reason
    })
  const wrong = answer.kid !== kid ? 'kid' : answer.role !== own.now.device.role ? 'role' : ''
  if (wrong !== '') {
    await unlocked.rows.write([[begunKey, null]])
    throw consoleError('console/bad-answer', { field: wrong })
  }
  const nowMs = unlocked.clock.nowMs()
  await own.change(({ device, clinic }) => {
    const isNew = device.mailbox !== answer.mailbox
    const moved = { ...device, mailbox: answer.mailbox, enrolledMs: nowMs, movedMs: nowMs }
    return { device: isNew ? moved : device, clinic }
  })
  await unlocked.rows.write([[begunKey, null]])
}

const toldKey = (pairId: string): string => `told/${pairId}`

/** Every pair of before the move is told of it, sealed and once; killed in between, the others are told next time. */
export async function tellMove(unlocked: Unlocked, movedMs: number, card: Card): Promise<void> {
  if (movedMs === 0) return
  const isDue = (pair: Pair): boolean => isPaired(pair) && pair.createdMs <= movedMs
  for (const id of (await lookAtPairs(unlocked, pair => (isDue(pair) ? [pair.id] : []))).flat())
    await changePair(unlocked, id, pair => toldOnce(unlocked, pair, card))
}

async function toldOnce(unlocked: Unlocked, pair: Pair, card: Card): Promise<PairChange<null>> {
  const told = await unlocked.rows.get(toldKey(pair.id))
  if (told !== null && decodeUtf8(told) === card.box) return { result: null, pair: null }
  const sealed = sealQuietly(unlocked, { ...pair, toldRecord: card.record ?? '' }, cardBody(card), true)
  return { ...sealed, beside: [...(sealed.beside ?? []), [toldKey(pair.id), encodeUtf8(card.box)]] }
}

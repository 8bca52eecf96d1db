import type { Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner } from '@chartseal/core/vectors'
import { combineShares } from '../combine-shares.js'
import { checkDrill, signedAnswer } from '../drill.js'
import { encodeShare, parseShare } from '../envelope.js'
import {
  encodeDrillAnswer,
  encodePendingShare,
  encodeRefreshedSet,
  encodeRefreshReply,
  messageKind,
  messageKindNames,
  parseDrillAnswer,
  parseDrillChallenge,
  parsePendingShare,
  parseRefreshDeal,
  parseRefreshReply,
  parseZeroShare,
  respellMessage,
} from '../messages.js'
import { finishRefresh, joinRefresh, publishRefresh, type RefreshedSet } from '../refresh.js'
import type { ShareEnvelope } from '../share-set.js'

/** A whole refresh through its messages, with a drill of the new shares; or a message that is refused. */
export const refreshes: CaseRunner = (testCase, { engine }) => {
  if (testCase.has('refused')) {
    agree('the refusal', refusalOf(testCase), testCase.text('refused'))
    return
  }
  for (const kind of messageKindNames) {
    if (testCase.has(kind)) agree(kind, respellMessage(kind, testCase.hex(kind)), testCase.hex(kind))
  }
  const custodians = testCase.objects('custodians')
  for (const one of custodians) agreeOnJoining(one, engine)
  const replies = custodians.map(one => parseRefreshReply(one.hex('refresh-reply')))
  const set = publishRefresh(parseRefreshDeal(testCase.hex('refresh-deal')), replies, { engine })
  agree('the new set', encodeRefreshedSet(set), testCase.hex('refreshed-set'))
  const shares = custodians.map(one => agreeOnFinishing(one, set, engine))
  for (const [i, one] of custodians.entries()) agreeOnDrill(testCase, one, shares[i], engine)
  agree('the secret', combineShares(shares, { root: set.root, engine }).secret, testCase.hex('secret'))
}

function agreeOnJoining(one: JsonObject, engine: Engine): void {
  const zero = parseZeroShare(one.hex('zero-share'))
  agree('the zero-share', respellMessage('zero-share', one.hex('zero-share')), one.hex('zero-share'))
  const random = { bytes: () => one.hex('salt') }
  const { pending, reply } = joinRefresh(parseShare(one.hex('old_share')), zero, { random, engine })
  agree('the pending share', encodePendingShare(pending), one.hex('pending-share'))
  agree('the reply', encodeRefreshReply(reply), one.hex('refresh-reply'))
}

function agreeOnFinishing(one: JsonObject, set: RefreshedSet, engine: Engine): ShareEnvelope {
  const clock = { nowMs: () => one.count('created') }
  const share = finishRefresh(parsePendingShare(one.hex('pending-share')), set, { clock, engine })
  agree('the new share', encodeShare(share), one.hex('new_share'))
  return share
}

function agreeOnDrill(
  testCase: JsonObject,
  one: JsonObject,
  share: ShareEnvelope | undefined,
  engine: Engine,
): void {
  if (share === undefined) throw new Error('internal: no share')
  const { root, challenge } = parseDrillChallenge(testCase.hex('drill-challenge'))
  const answer = signedAnswer(share, challenge, null, engine)
  agree('the answer', encodeDrillAnswer(answer), one.hex('drill-answer'))
  checkDrill(parseDrillAnswer(one.hex('drill-answer')), challenge, root, { engine })
}

function refusalOf(testCase: JsonObject): string {
  const bytes = testCase.hex('message')
  const kind = messageKindNames.find(one => one === testCase.text('kind'))
  if (kind === undefined) throw new Error('internal: no such kind')
  try {
    respellMessage(kind, bytes)
    return `accepted as ${messageKind(bytes)}`
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}

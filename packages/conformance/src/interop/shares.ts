import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import {
  combineShares,
  encodeShare,
  type LeftOut,
  parseShare,
  parseShareText,
  type ShareEnvelope,
  splitSecret,
  verifyShare,
} from '@chartseal/shamir'
import { combine, legacyCombine, type Share, split } from '@chartseal/shamir/v1'
import type { Operation, Operations } from './operation.js'

const seedSplit: Operation = (request, { random }) => {
  const threshold = request.count('threshold')
  const shares = split(request.hex('secret'), { threshold, numShares: request.count('num_shares'), random })
  return { shares: shares.map(({ x, y }) => ({ x, y })) }
}

const seedCombine: Operation = request => {
  const lenient = request.has('lenient') && request.boolean('lenient')
  const options = request.has('threshold') ? { threshold: request.count('threshold') } : {}
  const open = lenient ? legacyCombine : combine
  return { secret: open(request.objects('shares').map(seedShareOf), options) }
}

/** One share as the vector files write it. */
function seedShareOf(fields: JsonObject): Share {
  return { x: fields.count('x'), y: fields.hex('y') }
}

const sharesSplit: Operation = (request, { clock, random }) => {
  const threshold = request.count('threshold')
  const numShares = request.count('num_shares')
  const label = request.has('label') ? request.text('label') : ''
  const shares = splitSecret(request.hex('secret'), { threshold, numShares, label, clock, random })
  const [first] = shares
  return {
    set_id: first?.setId ?? null,
    root: first?.root ?? null,
    shares: shares.map(share => encodeHex(encodeShare(share))),
  }
}

const sharesCombine: Operation = request => {
  const { secret, set, used, damaged, strangers } = combineShares(
    request.texts('shares').map(shareOf),
    rootOf(request),
  )
  const named = (all: readonly LeftOut[]) => all.map(({ setId, index }) => ({ set_id: setId, x: index }))
  const left = { damaged: named(damaged), strangers: named(strangers) }
  return { secret, set_id: set.setId, root: set.root, used, ...left }
}

const sharesVerify: Operation = request => {
  const share = shareOf(request.text('share'))
  verifyShare(share, rootOf(request))
  const { setId, root, threshold, numShares, x, label } = share
  return { set_id: setId, root, threshold, num_shares: numShares, x, label }
}

/** `chartshare1…`, or the bytes in hexadecimal. */
function shareOf(text: string): ShareEnvelope {
  return text.startsWith('chartshare1') ? parseShareText(text) : parseShare(decodeHex(text))
}

function rootOf(request: JsonObject): { readonly root?: Uint8Array } {
  return request.has('root') ? { root: request.hex('root') } : {}
}

export const sharesOperations: Operations = {
  'shares-split': seedSplit,
  'shares-combine': seedCombine,
  'v2-shares-split': sharesSplit,
  'v2-shares-combine': sharesCombine,
  'v2-shares-verify': sharesVerify,
}

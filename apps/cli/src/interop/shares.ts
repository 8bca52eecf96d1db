import type { JsonObject } from '@chartseal/core/json'
import { combine, legacyCombine, type Share, split } from '@chartseal/shamir/v1'
import type { Operation, Operations } from './operation.js'

const sharesSplit: Operation = (request, { random }) => {
  const threshold = request.count('threshold')
  const shares = split(request.hex('secret'), { threshold, numShares: request.count('num_shares'), random })
  return { shares: shares.map(({ x, y }) => ({ x, y })) }
}

const sharesCombine: Operation = request => {
  const lenient = request.has('lenient') && request.boolean('lenient')
  const options = request.has('threshold') ? { threshold: request.count('threshold') } : {}
  const open = lenient ? legacyCombine : combine
  return { secret: open(request.objects('shares').map(shareOf), options) }
}

/** One share as the vector files write it. */
export function shareOf(fields: JsonObject): Share {
  return { x: fields.count('x'), y: fields.hex('y') }
}

export const sharesOperations: Operations = { 'shares-split': sharesSplit, 'shares-combine': sharesCombine }

/** What a server answers that has no clinic yet: it lives, and everything is refused by name. */
import { encodeBase64Url } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import { commonHeaders } from './answers.js'
import { problemOf } from './problems.js'

export function answerWithoutClinic(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  { url }: Request,
  refusal: Error,
): Response {
  if (new URL(url).pathname === '/livez') return new Response('ok\n', { headers: commonHeaders })
  const problem = problemOf(refusal, encodeBase64Url(random.bytes(16)), clock.nowMs())
  if (problem === null) throw new Error('internal: the table of problems has not this refusal')
  const { status, body, headers } = problem
  const type = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(body, { status, headers: { ...commonHeaders, ...type, ...headers } })
}

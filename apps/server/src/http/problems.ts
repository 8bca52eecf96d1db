/** Refusals as `application/problem+json` (RFC 9457): a stable code, and what a client does next. */
import type { RosterErrors } from '@chartseal/clinic/roster'
import type { SignatureErrors } from '@chartseal/clinic/signed-request'
import { ChartsealError } from '@chartseal/core/errors'
import { type RequestErrors, requestError } from '../errors.js'
import { type BreakGlassCode, breakGlassProblems } from './break-glass-problems.js'
import { type LedgerCode, ledgerProblems } from './ledger-problems.js'
import { codesOf, isCodeOf, type Rules } from './problem-rules.js'

export type ProblemCode =
  | keyof RequestErrors
  | keyof RosterErrors
  | keyof SignatureErrors
  | LedgerCode
  | 'ledger/bundle-too-large'
  | BreakGlassCode

const again = 'Send the same request again.'
const later = 'Send the same request again after retry_ms.'
const sign = 'Sign the request with a device that is enrolled here.'
const newSlot = 'Begin a new pairing.'
const newList = 'Fetch the newest list, and make the next one from it.'

/** Every code that a client may meet. */
export const problems: Rules<ProblemCode> = {
  'request/invalid': { status: 400, next: 'Keep what was to be sent; this is a fault of the client.' },
  'request/not-found': { status: 404, next: 'Look at /openapi.json for what there is.' },
  'request/method': { status: 405, next: 'Use one of the methods in Allow.' },
  'request/media-type': { status: 415, next: 'Send the Content-Type of this operation.' },
  'request/too-large': { status: 413, next: 'Send at most limit_bytes.' },
  'request/headers-too-large': { status: 431, next: 'Send headers of at most limit_bytes.' },
  'request/too-slow': { status: 408, next: again },
  'request/too-many': { status: 429, next: later },
  'request/cut-off': { status: 400, next: again },
  'signature/missing': { status: 401, next: sign },
  'signature/malformed': { status: 401, next: sign },
  'signature/digest': { status: 401, next: 'Check what changes bodies between here and the device.' },
  'signature/wrong': { status: 401, next: 'Sign the address that the clinic names as its origin.' },
  'signature/unknown-key': { status: 401, next: 'Ask the clinic for an invitation, and enrol this device.' },
  'signature/stale': { status: 401, next: 'Take the time from now_ms, and sign once more.' },
  'signature/replayed': { status: 401, next: 'Sign again with a new nonce.' },
  'signature/too-many': { status: 429, next: 'Wait for retry_ms, then sign again.' },
  'signature/not-allowed': { status: 403, next: 'Let the device do it that this belongs to.' },
  'device/ended': { status: 403, next: 'Ask for a new invitation, and enrol with a new key.' },
  'device/conflict': { status: 409, next: 'Make a new key, and enrol with that.' },
  'device/missing': { status: 404, next: 'Check the kid.' },
  'invitation/unknown': { status: 403, next: 'Ask the clinic for a new invitation.' },
  'slot/empty': { status: 404, next: 'Ask again in a while.' },
  'slot/read': { status: 410, next: newSlot },
  'slot/conflict': { status: 409, next: newSlot },
  'slot/full': { status: 409, next: newSlot },
  'mailbox/missing': { status: 404, next: 'Ask the other side for their mailbox.' },
  'mailbox/ended': { status: 410, next: 'Ask the other side to pair anew.' },
  'mailbox/conflict': { status: 409, next: 'Deposit under a new id.' },
  'mailbox/full': { status: 507, next: 'Keep the message, and try again in some hours.' },
  'mailbox/no-message': { status: 404, next: 'It was acknowledged long ago, or never sent here.' },
  'roster/conflict': { status: 409, next: 'Fetch the newest roster, and make the next one from it.' },
  'roster/gap': { status: 409, next: 'Fetch the newest roster, and make the next one from it.' },
  'roster/not-signed': { status: 403, next: 'Let more officers sign.' },
  'roster/invalid': { status: 400, next: 'Make the roster as the specification says.' },
  'blob/missing': { status: 404, next: 'Put it, or ask the owner of the package.' },
  'blob/deleted': { status: 410, next: 'Forget this CID.' },
  'blob/mismatch': { status: 400, next: 'Compute the CID anew from the bytes that are sent.' },
  'blob/range': { status: 416, next: 'Ask for a part of size_bytes.' },
  'blob/quota': {
    status: 507,
    next: 'Delete records and end links that nobody needs, or ask whoever runs the clinic.',
  },
  'blob/part': { status: 409, next: 'Delete the payload by its root.' },
  'blob/off': { status: 501, next: 'Tell whoever runs the clinic.' },
  'package/missing': { status: 404, next: 'Ask the owner of the package.' },
  'package/invalid': { status: 400, next: 'Make and sign the list as the specification says.' },
  'package/conflict': { status: 409, next: newList },
  'package/gap': { status: 409, next: newList },
  'package/owner': { status: 403, next: 'Let the device do it that made the package.' },
  'package/payload': { status: 404, next: 'Put all blocks of the payload, then the list again.' },
  'package/not-now': { status: 403, next: 'Ask the owner for more time.' },
  'package/purpose': { status: 403, next: 'Ask for another purpose, or ask the owner.' },
  'link/missing': { status: 404, next: 'List the links of this device.' },
  'link/invalid': { status: 400, next: 'Make the link as the specification says.' },
  'link/conflict': { status: 409, next: 'Make a new link, under a new id.' },
  'link/full': { status: 507, next: 'End links that nobody needs.' },
  'entry/conflict': { status: 409, next: 'Append under a new id.' },
  'entry/missing': { status: 404, next: 'List the entries of this device.' },
  'entry/not-published': { status: 503, next: later },
  'relay/missing': { status: 404, next: 'Ask the doctor for a new invitation.' },
  'relay/owner': { status: 403, next: 'Begin a conference of your own, under a new id.' },
  'relay/ended': { status: 410, next: 'Begin a new conference, under a new id.' },
  'relay/full': { status: 507, next: 'End conferences that nobody needs.' },
  'relay/upgrade': { status: 426, next: 'Connect by WebSocket; let the proxy pass Upgrade.' },
  ...ledgerProblems,
  'ledger/bundle-too-large': {
    status: 409,
    next: 'Begin with a newer anchor, from somebody whom you trust.',
  },
  ...breakGlassProblems,
  'emergency/broken': {
    status: 500,
    next: 'Tell whoever runs the clinic: chartseal-server break-glass check says what is damaged.',
  },
  'emergency/missing': { status: 404, next: 'List what there is for this device.' },
  'emergency/conflict': { status: 409, next: 'Make it anew, under a new id.' },
  'emergency/full': {
    status: 507,
    next: 'Take back requests that nobody needs, or wait until they are decided.',
  },
  'ledger-node/missing': { status: 404, next: 'Check the name; what is new may not be here yet.' },
  'ledger-node/not-final': { status: 503, next: later },
  'ledger-node/stopped': { status: 503, next: later },
  'server/log': { status: 503, next: later },
  'server/store': {
    status: 503,
    next: 'Send the same request again after retry_ms: what was done is not done twice.',
  },
  'server/full': {
    status: 507,
    next: 'Keep what was to be sent, and try again in some hours; tell whoever runs the clinic.',
  },
  'server/busy': { status: 503, next: later },
  'server/starting': { status: 503, next: later },
  'server/stopping': { status: 503, next: later },
  'server/standby': { status: 503, next: later },
  'server/relay': { status: 421, next: 'Ask the server of the clinic; let the proxy send this to it.' },
  'server/fault': {
    status: 500,
    next: 'Send it again; then tell whoever runs the clinic the number in request.',
  },
}

export const problemCodes: readonly ProblemCode[] = codesOf(problems)

export interface Problem {
  readonly status: number
  readonly code: ProblemCode
  readonly body: string
  readonly headers: { readonly [name: string]: string }
}

/** How long a client waits after what passes by itself. */
export const retryMs = 1_000

/** The answer to an error; `null` for one that is a fault of this program. */
export function problemOf(error: unknown, requestId: string, nowMs: number): Problem | null {
  if (!(error instanceof ChartsealError) || !isCodeOf(problems, error.code)) return null
  const { code, message } = error
  const { status, next } = problems[code]
  const context: { readonly [field: string]: unknown } = Object(error.context)
  const waits = status === 429 || status === 503 ? { retry_ms: Number(context['retryMs'] ?? retryMs) } : {}
  const body = {
    type: `urn:chartseal:${code}`,
    status,
    code,
    title: message,
    next,
    request: requestId,
    ...waits,
    ...(status === 401 ? { now_ms: nowMs } : {}),
    ...(code === 'request/invalid' ? { fields: context['fields'] } : {}),
    ...(code === 'roster/invalid' ? { fields: [context['field']] } : {}),
    ...(status === 413 || status === 431 ? { limit_bytes: context['limitBytes'] } : {}),
    ...(status === 416 ? { size_bytes: context['sizeBytes'] } : {}),
  }
  const retry = waits.retry_ms === undefined ? {} : { 'retry-after': `${Math.ceil(waits.retry_ms / 1000)}` }
  const range = status === 416 ? { 'content-range': `bytes */${context['sizeBytes']}` } : {}
  const upgrade = status === 426 ? { upgrade: 'websocket' } : {}
  const allow = code === 'request/method' ? { allow: String(context['allow']) } : {}
  return { status, code, body: JSON.stringify(body), headers: { ...retry, ...range, ...upgrade, ...allow } }
}

/** What an unexpected error becomes; its text may hold what nobody else should see. */
export function fault(requestId: string, nowMs: number): Problem {
  const problem = problemOf(requestError('server/fault', {}), requestId, nowMs)
  if (problem === null) throw new Error('internal: the table of problems has no server/fault')
  return problem
}

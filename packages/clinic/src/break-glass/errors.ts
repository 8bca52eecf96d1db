import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What is refused of an emergency set, of a request and of what becomes of it. No context holds a secret or a name. */
export interface BreakGlassErrors {
  /** Not one of these statements in its one encoding. `what`: its kind, `field`: which of its fields. */
  'break-glass/invalid': { what: string; field: string }
  'break-glass/bad-signature': { what: string }
  'break-glass/other-clinic': { what: string }
  /** A number of the policy that cannot be. */
  'break-glass/policy': { field: string; rule: string }
  /** The statement is about another set or request. */
  'break-glass/other-request': { what: string }
  'break-glass/not-rostered': { kid: string; needed: string }
  'break-glass/not-custodian': { kid: string }
  /** Nobody decides on, or judges, what they asked for or released themselves. */
  'break-glass/self': { act: string }
  /** A time of the request that its set does not allow. */
  'break-glass/deadline': { field: string; limitMs: number }
  /** "No log, no key". */
  'break-glass/no-witness': { needed: number; found: number }
  /** The receipt proves something else, or nothing. */
  'break-glass/no-receipt': { reason: string }
  /** What the clinic gave of a request does not follow from what it gave before. */
  'break-glass/broken-history': { reason: string }
  'break-glass/waiting': { untilMs: number }
  'break-glass/undecided': { released: number; threshold: number }
  'break-glass/denied': Record<never, never>
  'break-glass/expired': { atMs: number }
  /** It was closed, or the time of access is over. */
  'break-glass/over': Record<never, never>
  /** It goes on: there is nothing to review yet. */
  'break-glass/not-over': Record<never, never>
  /** It was opened already, so that nobody can deny it any more. */
  'break-glass/opened': Record<never, never>
  'break-glass/not-opened': Record<never, never>
  /** The same person has said something else before. */
  'break-glass/conflict': { what: string }
  /** Something came meanwhile: look at it, then sign anew. */
  'break-glass/stale': Record<never, never>
  'break-glass/not-requester': Record<never, never>
  /** This device does not have the key for its share. `index`: the number on the sheet. */
  'break-glass/no-share': { set: string; index: number }
  'break-glass/other-share': { set: string; index: number }
  /** What was released opens another record than the set is about. */
  'break-glass/other-record': Record<never, never>
}

export const breakGlassError: ErrorFactory<BreakGlassErrors> = defineErrors<BreakGlassErrors>({
  'break-glass/invalid': 'Not a {what} of break-glass: {field} is not what it must be.',
  'break-glass/bad-signature':
    'The signature of this {what} is wrong: it was changed on the way, or never signed.',
  'break-glass/other-clinic': 'This {what} belongs to another clinic.',
  'break-glass/policy': 'The policy of an emergency set needs another {field}: {rule}.',
  'break-glass/other-request': 'This {what} belongs to another request or set.',
  'break-glass/not-rostered': 'Device {kid} must be {needed} on the signed roster of this clinic.',
  'break-glass/not-custodian': 'Device {kid} is not a custodian of this set.',
  'break-glass/self': 'Nobody may {act} what they asked for or released themselves: somebody else must.',
  'break-glass/deadline': 'The {field} of the request is not within what is allowed: at most {limitMs} ms.',
  'break-glass/no-witness':
    'No log, no key: {found} of {needed} witnesses have cosigned the entry of this request. ' +
    'Wait a minute and try again, then call whoever runs the clinic.',
  'break-glass/no-receipt':
    'No log, no key: the receipt does not prove that the log has this ({reason}). Call whoever runs the clinic.',
  'break-glass/broken-history':
    'What the clinic shows of this request does not fit together ({reason}). Release nothing, and call an officer.',
  'break-glass/waiting':
    'The waiting time of this set runs until {untilMs, ms}: an officer can deny it until then.',
  'break-glass/undecided':
    '{released} of {threshold} custodians have released their share: call another one.',
  'break-glass/denied': 'The request was denied. If the emergency goes on, ask anew and call the custodians.',
  'break-glass/expired': 'The request expired at {atMs, ms}. If the emergency goes on, ask anew.',
  'break-glass/over':
    'The access is over: it was closed, or its time ran out. If the emergency goes on, ask anew.',
  'break-glass/not-over': 'The request goes on: close it first, or wait until its time is over.',
  'break-glass/opened': 'The record was opened already: close the access to end it.',
  'break-glass/not-opened': 'The record was not opened: there is no access to close.',
  'break-glass/conflict': 'This device has signed another {what} for this before, which stands.',
  'break-glass/stale': 'Something came meanwhile: look at the request again, then sign anew.',
  'break-glass/not-requester': 'Only the device that asked can open: its key is there and nowhere else.',
  'break-glass/no-share':
    'This device cannot open share {index} of set {set}: type or scan the sheet of share {index}, or call another custodian.',
  'break-glass/other-share': 'This is not share {index} of set {set}: take the sheet with that number.',
  'break-glass/other-record':
    'What was released does not open the record of this set: its owner must make a new set.',
})

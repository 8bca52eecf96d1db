import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What a request is refused with, beside `signature/…` of the clinic package. Table: docs/spec/clinic-api.md. */
export interface RequestErrors {
  /** `fields`: paths only, never what they hold. */
  'request/invalid': { fields: readonly string[] }
  'request/not-found': Record<never, never>
  'request/method': { allow: string }
  'request/media-type': { expected: string }
  'request/too-large': { limitBytes: number }
  'request/headers-too-large': { limitBytes: number }
  'request/too-slow': { limitMs: number }
  'request/too-many': { retryMs: number }
  /** The body ended before its announced length, or the connection did. */
  'request/cut-off': Record<never, never>
  'device/ended': Record<never, never>
  'device/conflict': Record<never, never>
  'device/missing': Record<never, never>
  'invitation/unknown': Record<never, never>
  'slot/empty': Record<never, never>
  'slot/read': Record<never, never>
  'slot/conflict': Record<never, never>
  'slot/full': Record<never, never>
  'mailbox/missing': Record<never, never>
  'mailbox/ended': Record<never, never>
  'mailbox/conflict': Record<never, never>
  'mailbox/full': Record<never, never>
  'mailbox/no-message': Record<never, never>
  'blob/missing': Record<never, never>
  'blob/deleted': Record<never, never>
  'blob/mismatch': Record<never, never>
  'blob/range': { sizeBytes: number }
  'blob/quota': Record<never, never>
  'blob/part': Record<never, never>
  'blob/off': Record<never, never>
  'package/missing': Record<never, never>
  'package/invalid': Record<never, never>
  'package/conflict': Record<never, never>
  'package/gap': Record<never, never>
  'package/owner': Record<never, never>
  'package/payload': Record<never, never>
  'package/not-now': Record<never, never>
  'package/purpose': Record<never, never>
  'link/missing': Record<never, never>
  'link/invalid': Record<never, never>
  'link/conflict': Record<never, never>
  'link/full': Record<never, never>
  'entry/conflict': Record<never, never>
  'entry/missing': Record<never, never>
  'entry/not-published': { retryMs: number }
  'relay/missing': Record<never, never>
  'relay/owner': Record<never, never>
  'relay/ended': Record<never, never>
  'relay/full': Record<never, never>
  /** A request for a WebSocket must ask for one, with one of the two subprotocols. */
  'relay/upgrade': Record<never, never>
  'ledger-node/missing': Record<never, never>
  'ledger-node/not-final': { retryMs: number }
  /** Its disk or its store failed, or another server has the ledger. */
  'ledger-node/stopped': { retryMs: number }
  'emergency/missing': Record<never, never>
  'emergency/broken': { id: string }
  'emergency/conflict': Record<never, never>
  /** The device has as many as wait for a decision at once, or as it may ask in a day. */
  'emergency/full': Record<never, never>
  'server/log': { retryMs: number }
  'server/store': { retryMs: number }
  /** The disk has little room left, or the slots of everybody are taken. */
  'server/full': Record<never, never>
  /** What it holds for others leaves no room. */
  'server/busy': { retryMs: number }
  'server/starting': { retryMs: number }
  'server/stopping': { retryMs: number }
  /** Another server of this clinic has the work, and this one waits. */
  'server/standby': { retryMs: number }
  /** It holds connections of conferences alone. */
  'server/relay': Record<never, never>
  'server/fault': Record<never, never>
}

export const requestError: ErrorFactory<RequestErrors> = defineErrors<RequestErrors>({
  'request/invalid': 'The request must be one of this operation: see fields.',
  'request/not-found': 'There is nothing at this address.',
  'request/method': 'The method must be {allow}.',
  'request/media-type': 'The body must be {expected}.',
  'request/too-large': 'The body must have at most {limitBytes} bytes.',
  'request/headers-too-large': 'The headers together must have at most {limitBytes} bytes.',
  'request/too-slow': 'The request must arrive within {limitMs} ms.',
  'request/too-many': 'Requests must come more slowly.',
  'request/cut-off': 'The body must arrive whole.',
  'device/ended': 'This device was ended.',
  'device/conflict': 'This key is enrolled with other data.',
  'device/missing': 'There is no such device.',
  'invitation/unknown': 'The invitation must be one that is neither used nor too old.',
  'slot/empty': 'There is nothing in this slot yet.',
  'slot/read': 'This step was read already.',
  'slot/conflict': 'This step holds something else.',
  'slot/full': 'This slot has all the steps that it takes.',
  'mailbox/missing': 'There is no such mailbox.',
  'mailbox/ended': 'The device of this mailbox was ended.',
  'mailbox/conflict': 'The message under this id is another one.',
  'mailbox/full': 'This mailbox takes nothing more before its device fetches.',
  'mailbox/no-message': 'There is no such message here.',
  'blob/missing': 'There is no such block for this device.',
  'blob/deleted': 'This block was deleted for good.',
  'blob/mismatch': 'The body must be the block that the CID names.',
  'blob/range': 'The range must lie within the {sizeBytes} bytes of the block.',
  'blob/quota': 'This device has all bytes of blocks, grant lists and links that it may have.',
  'blob/part': 'This block is a part of a payload that a package names.',
  'blob/off': 'This clinic keeps no blocks of records.',
  'package/missing': 'There is no such package for this device.',
  'package/invalid': 'The grants must be a list that its owner signed.',
  'package/conflict': 'The list of this number is another one, or does not follow the one before.',
  'package/gap': 'The list must have the number behind the newest.',
  'package/owner': 'The package belongs to another device.',
  'package/payload': 'Every block of the payload must be put first, by the owner.',
  'package/not-now': 'The time of this grant has not begun, or it is over.',
  'package/purpose': 'The grant must be for this purpose of use.',
  'link/missing': 'There is no such link of this device.',
  'link/invalid': 'The link must be one that a plain client can open.',
  'link/conflict': 'The link under this id is another one, or has ended.',
  'link/full': 'This device has all the links that it may have.',
  'entry/conflict': 'The entry under this id is another one.',
  'entry/missing': 'There is no such entry for this device.',
  'entry/not-published': 'The checkpoint that covers this entry comes within seconds.',
  'relay/missing': 'There is no such conference here.',
  'relay/owner': 'The conference belongs to another device.',
  'relay/ended': 'This conference has ended.',
  'relay/full': 'This device has all the conferences that it may have at once.',
  'relay/upgrade': 'The request must ask for a WebSocket with a subprotocol of conferences.',
  'ledger-node/missing': 'The node must know it: it has no record or block of this name.',
  'ledger-node/not-final': 'The record must be final before there is a proof of it.',
  'ledger-node/stopped': 'The ledger takes nothing now, so nothing was done.',
  'emergency/broken':
    'What the clinic has stored of {id} is damaged: chartseal-server break-glass check says what.',
  'emergency/missing': 'There is no such request or set of break-glass for this device.',
  'emergency/conflict': 'What is under this id is something else, or newer.',
  'emergency/full': 'This device has asked as often as it may for now.',
  'server/log': 'The audit log takes nothing now, so nothing was done.',
  'server/store': 'The store failed, and whether it was done is not known.',
  'server/full': 'The clinic has no room for anything new.',
  'server/busy': 'The server holds all that it takes at once, so nothing was done.',
  'server/starting': 'The server is starting.',
  'server/stopping': 'The server is stopping.',
  'server/standby': 'Another server of this clinic answers; this one waits for its end.',
  'server/relay': 'This is a relay, which takes patients of conferences and nothing else.',
  'server/fault': 'The server failed.',
})

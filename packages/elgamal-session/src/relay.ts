/** The relay of a conference: sockets in, sockets out, and no key. Specification: docs/spec/host-link.md. */
export type { EndReason, RelaySockets } from './relay/connection.js'
export { type RelayErrors, relayError } from './relay/errors.js'
export { isEndFrame } from './relay/frame.js'
export { type FrameLog, memoryFrameLog, upTo } from './relay/frame-log.js'
export { Hub, type HubOptions } from './relay/hub.js'
export type { HubReason } from './relay/hub-link.js'
export { endedLink } from './relay/hub-link.js'
export {
  decodeToCore,
  decodeToRelay,
  encodeToCore,
  encodeToRelay,
  maxLinkBytes,
  type PublishRefusal,
  publishRefusals,
  sourceBytes,
  type ToCore,
  type ToRelay,
} from './relay/link.js'
export {
  type Asked,
  LinkSeal,
  linkIdBytes,
  linkSealBytes,
  linkSubject,
  RelayKeys,
} from './relay/link-seal.js'
export { OuterRelay, type OuterRelayOptions } from './relay/outer-relay.js'
export { defaultRelayPolicy, type RelayPolicy } from './relay/policy.js'
export { puzzleOf, solvePuzzle } from './relay/puzzle.js'
export { decodeRefusal, encodeRefusal, type Refusal } from './relay/refusal.js'
export {
  maxFrameBytes,
  Relay,
  type RelayCounters,
  type RelayCounts,
  type RelayOptions,
} from './relay/relay.js'
export { linkPair, type RelayLink, type RelayLinkEvents, type TakeLink } from './relay/relay-link.js'
export {
  defaultReliablePolicy,
  type LostReason,
  ReliableLink,
  type ReliableOptions,
  type ReliablePolicy,
} from './relay/reliable.js'
export { packetHeadBytes } from './relay/reliable-packet.js'

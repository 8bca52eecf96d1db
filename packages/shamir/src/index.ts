/**
 * Shares that can be checked: envelopes with commitments, drills and refresh. Format and limits:
 * docs/spec/shares-v2.md.
 */

export { combineShares, type LeftOut, type Recovery } from './combine-shares.js'
export type { LeafParts, Position } from './commitment.js'
export { answerDrill, checkDrill, type Drill, type DrillAnswer, type DrillOptions } from './drill.js'
export {
  encodeShare,
  formatShare,
  maxTextShareBytes,
  parseShare,
  parseShareText,
} from './envelope.js'
export { type ShamirErrors, shamirError } from './errors.js'
export { fromPrivy, fromVault } from './layouts.js'
export {
  type DescribedSet,
  type DrillChallenge,
  encodeDrillAnswer,
  encodeDrillChallenge,
  encodePendingShare,
  encodeRefreshDeal,
  encodeRefreshedSet,
  encodeRefreshReply,
  encodeShareSet,
  encodeZeroShare,
  type MessageCodec,
  type MessageKind,
  type MessageValues,
  messageKind,
  messageKindNames,
  messageKinds,
  parseDrillAnswer,
  parseDrillChallenge,
  parsePendingShare,
  parseRefreshDeal,
  parseRefreshedSet,
  parseRefreshReply,
  parseShareSet,
  parseZeroShare,
  respellMessage,
} from './messages.js'
export {
  dealOf,
  finishRefresh,
  joinRefresh,
  type PendingShare,
  publishRefresh,
  type RefreshDeal,
  type RefreshedSet,
  type RefreshOptions,
  type Rehearsal,
  type RehearsalOptions,
  rehearse,
  requireRefreshed,
  startRefresh,
  type ZeroShare,
} from './refresh.js'
export { type ShareEnvelope, type ShareSet, wipeShares } from './share-set.js'
export { type SplitSecretOptions, splitSecret } from './split-secret.js'
export { type VerifyOptions, verifyShare } from './verify.js'

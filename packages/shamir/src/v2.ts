/**
 * Shares that can be checked: envelopes with commitments, drills and refresh. Format and limits:
 * docs/spec/shares-v2.md.
 */
export { type ShamirErrors, shamirError } from './errors.js'
export { combineShares, type LeftOut, type Recovery } from './v2/combine-shares.js'
export type { LeafParts, Position } from './v2/commitment.js'
export { answerDrill, checkDrill, type DrillAnswer, type DrillOptions } from './v2/drill.js'
export { encodeShare, formatShare, maxTextShareBytes, parseShare, parseShareText } from './v2/envelope.js'
export { type ShareErrors, shareError } from './v2/errors.js'
export { fromPrivy, fromVault } from './v2/layouts.js'
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
  type MessageKind,
  messageKind,
  parseDrillAnswer,
  parseDrillChallenge,
  parsePendingShare,
  parseRefreshDeal,
  parseRefreshedSet,
  parseRefreshReply,
  parseShareSet,
  parseZeroShare,
} from './v2/messages.js'
export {
  dealOf,
  finishRefresh,
  joinRefresh,
  type PendingShare,
  publishDeal,
  publishRefresh,
  type RefreshDeal,
  type RefreshedSet,
  type RefreshOptions,
  type Rehearsal,
  rehearse,
  requireRefreshed,
  startRefresh,
  type ZeroShare,
} from './v2/refresh.js'
export type { ShareEnvelope, ShareSet } from './v2/share-set.js'
export { type SplitSecretOptions, splitSecret } from './v2/split-secret.js'
export { type VerifyOptions, verifyShare } from './v2/verify.js'

import { encodeHex } from '@chartseal/core/encoding'
import {
  type DrillAnswer,
  type MessageKind,
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
} from '@chartseal/shamir'
import { type Detector, explained, type Finding } from './detector.js'

type Facts = Finding['facts']

interface SetParts {
  readonly setId: Uint8Array
  readonly threshold: number
  readonly numShares: number
}

const proofOf = ({ proof }: DrillAnswer): string => (proof === null ? 'none' : encodeHex(proof))

const setFacts = ({ setId, threshold, numShares }: SetParts): Facts => ({
  set_id: encodeHex(setId),
  threshold,
  shares: numShares,
})

const readers: Readonly<Record<MessageKind, (bytes: Uint8Array) => Facts>> = {
  'share-set'(bytes) {
    const set = parseShareSet(bytes)
    return { ...setFacts(set), root: encodeHex(set.root), share_bytes: set.sizeBytes }
  },
  'drill-challenge'(bytes) {
    const { root, challenge } = parseDrillChallenge(bytes)
    return { root: encodeHex(root), challenge: encodeHex(challenge) }
  },
  'drill-answer'(bytes) {
    const answer = parseDrillAnswer(bytes)
    return {
      ...setFacts(answer),
      share: answer.x,
      drill_key: encodeHex(answer.drillKey),
      proof: proofOf(answer),
    }
  },
  'refresh-deal'(bytes) {
    const { old, newSetId, sizeBytes } = parseRefreshDeal(bytes)
    return {
      ...setFacts(old),
      root: encodeHex(old.root),
      new_set_id: encodeHex(newSetId),
      share_bytes: sizeBytes,
    }
  },
  'zero-share'(bytes) {
    const { old, newSetId, x } = parseZeroShare(bytes)
    return { ...setFacts(old), root: encodeHex(old.root), new_set_id: encodeHex(newSetId), share: x }
  },
  'refresh-reply'(bytes) {
    const reply = parseRefreshReply(bytes)
    return { ...setFacts(reply), share: reply.x }
  },
  'pending-share'(bytes) {
    const pending = parsePendingShare(bytes)
    return { ...setFacts(pending), share: pending.x, label: pending.label }
  },
  'refreshed-set'(bytes) {
    const set = parseRefreshedSet(bytes)
    return { ...setFacts(set), root: encodeHex(set.root), old_root: encodeHex(set.oldRoot) }
  },
}

const names: Readonly<Record<MessageKind, string>> = {
  'share-set': 'description of a set of shares',
  'drill-challenge': 'challenge of a drill',
  'drill-answer': 'answer to a drill',
  'refresh-deal': 'deal of a refresh',
  'zero-share': 'zero-share of a refresh',
  'refresh-reply': 'reply to a refresh',
  'pending-share': 'share that waits for the end of a refresh',
  'refreshed-set': 'new set of a refresh',
}

/** The messages of drills and refreshes of shares, version 2. */
export const shareMessage: Detector = ({ bytes, head }) => {
  const kind = messageKind(bytes) ?? kindInHead(head)
  if (kind === null) return null
  const { secret } = messageKinds[kind]
  const about = { kind: `${names[kind]}, version 2`, secret }
  return explained(about, ['encoding or fields', () => readers[kind](bytes)], facts => ({ facts }))
}

/** In what was cut short or changed, the kind still stands near the beginning. */
function kindInHead(head: string): MessageKind | null {
  const isMap = /^[\xa0-\xb7]/.test(head)
  const isKind = (kind: MessageKind): boolean =>
    isMap && head.includes(`ak${String.fromCharCode(0x60 + kind.length)}${kind}`)
  return messageKindNames.find(isKind) ?? null
}

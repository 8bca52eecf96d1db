/** Shares of both versions, what drills and refreshes exchange, and mnemonics. */

import { encodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import {
  type MessageCodec,
  type MessageKind,
  type MessageValues,
  messageKind,
  messageKindNames,
  messageKinds,
  parseShare,
  parseShareText,
  type ShareEnvelope,
  verifyShare,
} from '@chartseal/shamir'
import {
  type Detector,
  explained,
  type Finding,
  type Input,
  instantOf,
  refusalOf,
  type Told,
} from './detector.js'

const shareNotes = [
  'Only a root known from elsewhere shows whose set it is; nothing protects label and time.',
]
const aboutShare = (form: string) =>
  ({ kind: `share, version 2, as ${form}`, secret: true, notes: shareNotes }) as const

/** A share of version 2, as text or bytes. */
export const shareEnvelope: Detector = input => {
  const pasted = input.pasted.find(({ kind }) => kind === 'share')
  if (pasted !== undefined) {
    return explained(
      aboutShare('text'),
      ['text, checksum or fields', () => parseShareText(pasted.text)],
      tellShare,
    )
  }
  if (!looksLikeBytes(input)) return null
  return explained(aboutShare('bytes'), ['encoding or fields', () => parseShare(input.bytes)], tellShare)
}

// Deterministic CBOR begins with its short keys; the rest may be missing.
function looksLikeBytes({ cbor, head }: Input): boolean {
  const fields = cbor !== null && ['y', 'salt', 'root'].every(key => cbor.has(key))
  return fields || /^\xaban..?at..?av.ax/s.test(head)
}

function tellShare(share: ShareEnvelope): Told {
  const { setId, root, threshold, numShares, x, y, label, createdMs } = share
  const numbers = { share: x, threshold, shares: numShares, secret_bytes: y.reveal().length - 32 }
  return {
    facts: {
      set_id: encodeHex(setId),
      root: encodeHex(root),
      ...numbers,
      label,
      created: instantOf(createdMs),
    },
    stages: [['commitment', () => verifyShare(share)]],
  }
}

type Facts = Finding['facts']

interface SetParts {
  readonly setId: Uint8Array
  readonly threshold: number
  readonly numShares: number
}

const setFacts = ({ setId, threshold, numShares }: SetParts): Facts => ({
  set_id: encodeHex(setId),
  threshold,
  shares: numShares,
})

const tellers: { readonly [Kind in MessageKind]: (message: MessageValues[Kind]) => Facts } = {
  'share-set'(set) {
    return { ...setFacts(set), root: encodeHex(set.root), share_bytes: set.sizeBytes }
  },
  'drill-challenge'({ root, challenge }) {
    return { root: encodeHex(root), challenge: encodeHex(challenge) }
  },
  'drill-answer'(answer) {
    const proof = answer.proof === null ? 'none' : encodeHex(answer.proof)
    return { ...setFacts(answer), share: answer.x, drill_key: encodeHex(answer.drillKey), proof }
  },
  'refresh-deal'({ old, newSetId, sizeBytes }) {
    return {
      ...setFacts(old),
      root: encodeHex(old.root),
      new_set_id: encodeHex(newSetId),
      share_bytes: sizeBytes,
    }
  },
  'zero-share'({ old, newSetId, x }) {
    return { ...setFacts(old), root: encodeHex(old.root), new_set_id: encodeHex(newSetId), share: x }
  },
  'refresh-reply'(reply) {
    return { ...setFacts(reply), share: reply.x }
  },
  'pending-share'(pending) {
    return { ...setFacts(pending), share: pending.x, label: pending.label }
  },
  'refreshed-set'(set) {
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

function factsOf<Kind extends MessageKind>(kind: Kind, bytes: Uint8Array): Facts {
  const codec: MessageCodec<MessageValues[Kind]> = messageKinds[kind]
  return tellers[kind](codec.decode(bytes))
}

/** The messages of drills and refreshes of shares, version 2. */
export const shareMessage: Detector = ({ bytes, head }) => {
  const kind = messageKind(bytes) ?? kindInHead(head)
  if (kind === null) return null
  const { secret } = messageKinds[kind]
  const about = { kind: `${names[kind]}, version 2`, secret }
  return explained(about, ['encoding or fields', () => factsOf(kind, bytes)], facts => ({ facts }))
}

/** In what was cut short or changed, the kind is still near the beginning. */
function kindInHead(head: string): MessageKind | null {
  const isMap = /^[\xa0-\xb7]/.test(head)
  const isKind = (kind: MessageKind): boolean =>
    isMap && head.includes(`ak${String.fromCharCode(0x60 + kind.length)}${kind}`)
  return messageKindNames.find(isKind) ?? null
}

/** A share of version 1, or a list of them. */
export const seedShare: Detector = ({ json }) => {
  if (json === null || !(json.has('shares') || (json.has('x') && json.has('y')))) return null
  const notes = ['A share of version 1 carries nothing that shows whether it was changed.']
  return explained(
    { kind: 'share, version 1', secret: true, notes },
    ['fields', () => sharesOf(json)],
    tellSeed,
  )
}

interface Seed {
  readonly json: JsonObject
  readonly indexes: readonly number[]
  readonly sizeBytes: number
}

function sharesOf(json: JsonObject): Seed {
  const all = json.has('shares') ? json.objects('shares') : [json]
  const sizes = all.map(share => share.hex('y').length)
  return { json, indexes: all.map(share => share.count('x')), sizeBytes: sizes[0] ?? 0 }
}

function tellSeed({ json, indexes, sizeBytes }: Seed): Told {
  const threshold = json.has('threshold') ? { threshold: json.count('threshold') } : {}
  return { facts: { indexes: indexes.join(', '), secret_bytes: sizeBytes, ...threshold } }
}

/** SLIP-0039 mnemonics: how many, and whether each word is one. No word is shown. */
export const mnemonic: Detector = ({ pasted }): Finding | null => {
  const all = pasted.filter(({ kind }) => kind === 'mnemonic')
  const [first] = all
  if (first === undefined) return null
  const facts = { mnemonics: all.length, words: first.text.split(' ').length }
  const about = { kind: 'SLIP-0039 mnemonic', secret: true, facts }
  const wrong = all.find(({ refusal }) => refusal !== null)?.refusal ?? null
  if (wrong !== null) return { ...about, refusal: refusalOf('words', wrong) }
  return { ...about, refusal: null, notes: ['Recover with: chartseal shares mnemonic combine.'] }
}

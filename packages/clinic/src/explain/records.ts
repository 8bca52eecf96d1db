/** What belongs to shared records: recipients, identities, capabilities and grant lists. */
import { encodeHex } from '@chartseal/core/encoding'
import {
  type GrantList,
  parseGrantCapability,
  parseGrantList,
  parseReadCapability,
  parseVerifyCapability,
  type VerifyCapability,
} from '@chartseal/ipfs-envelope'
import { bech32m } from '@scure/base'
import type { Found } from '../pasted/found.js'
import { thumbprintOf } from '../signed-request/thumbprint.js'
import { type Detector, explained, type Finding, type Input, refusalOf, type Told } from './detector.js'

const firstOf = ({ pasted }: Input, wanted: Found['kind']): Found | null =>
  pasted.find(({ kind }) => kind === wanted) ?? null

const kems = ['', 'x25519', 'xwing', 'rsa-oaep']
const maxTextLength = 8192

/** The kind of key alone: an identity is a secret. */
function keyText(kind: 'recipient' | 'identity', name: string, notes: readonly string[]): Detector {
  return (input): Finding | null => {
    const found = firstOf(input, kind)
    if (found === null) return null
    const about = { kind: name, secret: kind === 'identity', notes }
    if (found.refusal !== null) return { ...about, facts: {}, refusal: refusalOf('text', found.refusal) }
    const words = bech32m.decodeUnsafe(found.text, maxTextLength)?.words ?? []
    const [byte = 0] = bech32m.fromWords(words)
    return { ...about, facts: { key: kems[byte] ?? 'of a kind that is not known here' }, refusal: null }
  }
}

export const recipientText: Detector = keyText('recipient', 'recipient of records, version 2', [
  'Records can be shared with whoever has its identity. It is not secret: compare it with its owner.',
])

export const identityText: Detector = keyText('identity', 'identity of records, version 2', [
  'Whoever has it opens every record that is shared with it.',
])

interface Reader {
  readonly kind: Found['kind']
  readonly name: string
  readonly notes: readonly string[]
  read(text: string): VerifyCapability
}

/** Whoever has more in one text has the most of them. */
const readers: readonly Reader[] = [
  {
    kind: 'grant-capability',
    name: 'capability to grant a record',
    notes: ["Whoever has it reads the record and signs in its owner's name."],
    read(text) {
      const { contentKey, signingKey, ...names } = parseGrantCapability(text)
      for (const key of [contentKey, signingKey]) key.wipe()
      return names
    },
  },
  {
    kind: 'read-capability',
    name: 'capability to read a record',
    notes: ['Whoever has it reads this version of the record for ever.'],
    read(text) {
      const { contentKey, ...names } = parseReadCapability(text)
      contentKey.wipe()
      return names
    },
  },
  {
    kind: 'verify-capability',
    name: 'capability to check a record',
    notes: ['It is not secret.'],
    read: parseVerifyCapability,
  },
]

export const capabilityText: Detector = (input): Finding | null => {
  for (const { kind, name, notes, read } of readers) {
    const found = firstOf(input, kind)
    if (found === null) continue
    const about = { kind: name, secret: kind !== 'verify-capability', notes }
    if (found.refusal !== null) return { ...about, facts: {}, refusal: refusalOf('text', found.refusal) }
    return explained(about, ['fields', () => read(found.text)], names => ({ facts: namesOf(names) }))
  }
  return null
}

type Names = Pick<GrantList, 'owner' | 'packageId' | 'version' | 'payloadCid'>

function namesOf({ owner, packageId, version, payloadCid }: Names): Told['facts'] {
  return { owner: thumbprintOf(owner), package_id: encodeHex(packageId), version, payload_cid: payloadCid }
}

/** CBOR of a grant list, before its signature: `v` is 2, then `cid`. */
export const grantList: Detector = ({ bytes, head }) => {
  if (!/^[\xa8-\xaf]av.ccid/s.test(head) || bytes[3] !== 2) return null
  const notes = ['Its signature is that of the owner whom it names; who the recipients are is not told.']
  return explained(
    { kind: 'grant list of a record, version 2', notes },
    ['fields or signature', () => parseGrantList(bytes)],
    list => ({
      facts: { ...namesOf(list), list: list.seq, recipients: list.recipientCount },
    }),
  )
}

/** What is derived from one link of the chain; formulas: docs/spec/keyring-v2.md. */
import { concat, equal, fromBigIntBE } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { expandMany, extractMany } from '@chartseal/core/hkdf-many'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { extract, hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { epochBytes } from './epoch.js'

/** How many device numbers each side has: 0 to 31. A reader has to try them all. */
export const maxDevices = 32
export const kidBytes = 8
/** How many epochs ahead a key is known by name, to say of a message that it came too early. */
const knownAhead = 12
/** Of {@link kidsAhead}. */
export const kidsAheadBytes: number = (knownAhead + 1) * 2 * maxDevices * kidBytes
const outputBytes = 32
const keyLabel = 'chartseal/epoch-key/v2'
const kidLabel = 'chartseal/kid/v2'
const none = new Uint8Array()

/** Who seals: one of the two sides, and which of its devices. */
export interface Sender {
  readonly side: 'own' | 'peer'
  readonly device: number
}

/** SHA-256 of the signing keys of both sides. */
export interface Identities {
  readonly own: Uint8Array
  readonly peer: Uint8Array
}

/** A key of one sender in one epoch. */
export interface SenderKey {
  readonly sender: Sender
  /** The first 8 bytes of HKDF(key, "chartseal/kid/v2"). */
  readonly kid: Uint8Array
  readonly key: AeadKey
}

/** HKDF-SHA256 (RFC 5869), extract and expand; info = label ‖ parts. The caller wipes the 32 bytes. */
export function hkdf32(
  ikm: Uint8Array,
  label: string,
  parts: readonly Uint8Array[] = [],
  salt?: Uint8Array,
): Uint8Array {
  return hkdf(sha256, ikm, salt, concat(encodeUtf8(label), ...parts), outputBytes)
}

/** The name of one side in derivations. */
export function identityOf(verifyingKey: Uint8Array): Uint8Array {
  return sha256(verifyingKey)
}

/** chain(epoch + 1) from chain(epoch). The caller wipes both. */
export function nextLink(chain: SecretBytes, epoch: number): SecretBytes {
  return secretOf(hkdf32(chain.reveal(), 'chartseal/next-epoch/v2', [epochBytes(epoch + 1)]))
}

/** key(epoch, sender), with its name. */
export function senderKey(
  chain: SecretBytes,
  epoch: number,
  identities: Identities,
  sender: Sender,
): SenderKey {
  const parts = [epochBytes(epoch), senderName(identities, sender)]
  return named(sender, hkdf32(chain.reveal(), keyLabel, parts))
}

/** key(epoch, s) and its name, of the side with this signing key: for whoever compares implementations. */
export function epochKey(
  chain: SecretBytes,
  epoch: number,
  verifyingKey: Uint8Array,
  device: number,
): SenderKey {
  const own = identityOf(verifyingKey)
  return senderKey(chain, epoch, { own, peer: own }, { side: 'own', device })
}

/** The keys of all senders in one epoch, derived together: own devices first. */
export function senderKeys(chain: SecretBytes, epoch: number, identities: Identities): readonly SenderKey[] {
  const keys = keyBytesOf(chain, epoch, identities)
  return namedKeys(allSenders.map((sender, i) => ({ sender, bytes: keys[i] ?? none })))
}

/**
 * The names of all keys of this epoch and the {@link knownAhead} behind it, 8 bytes each, in the order of
 * {@link senderAt}. They are not secret.
 */
export function kidsAhead(chain: SecretBytes, epoch: number, identities: Identities): Uint8Array {
  const kids: Uint8Array[] = []
  let link = new SecretBytes(chain.reveal())
  for (let at = epoch; at <= epoch + knownAhead; at++) {
    const keys = keyBytesOf(link, at, identities)
    kids.push(...kidsOf(keys).map(kid => kid.subarray(0, kidBytes)))
    for (const key of keys) key.fill(0)
    const next = nextLink(link, at)
    link.wipe()
    link = next
  }
  link.wipe()
  return concat(...kids)
}

/** Whose key has this place in {@link kidsAhead}, and how many epochs ahead. */
export function senderAt(place: number): { readonly ahead: number; readonly sender: Sender } {
  const sender = allSenders[place % allSenders.length]
  if (sender === undefined) throw new Error('internal: there are 64 senders')
  return { ahead: Math.floor(place / allSenders.length), sender }
}

/** Where `kid` is among names of 8 bytes each, or -1. */
export function placeOf(kids: Uint8Array, kid: Uint8Array): number {
  for (let at = 0; at < kids.length; at += kidBytes) {
    if (kid.every((byte, i) => byte === kids[at + i])) return at / kidBytes
  }
  return -1
}

function keyBytesOf(chain: SecretBytes, epoch: number, identities: Identities): readonly Uint8Array[] {
  const prk = extract(sha256, chain.reveal())
  const head = concat(encodeUtf8(keyLabel), epochBytes(epoch))
  try {
    return expandMany(allSenders.map(sender => ({ prk, info: concat(head, senderName(identities, sender)) })))
  } finally {
    prk.fill(0)
  }
}

/** The whole 32 bytes, of which a name is the first 8. */
function kidsOf(keys: readonly Uint8Array[]): readonly Uint8Array[] {
  const info = encodeUtf8(kidLabel)
  const prks = extractMany(keys)
  try {
    return expandMany(prks.map(prk => ({ prk, info })))
  } finally {
    for (const prk of prks) prk.fill(0)
  }
}

const allSenders: readonly Sender[] = (['own', 'peer'] as const).flatMap(side =>
  Array.from({ length: maxDevices }, (_, device) => ({ side, device })),
)

function senderName(identities: Identities, { side, device }: Sender): Uint8Array {
  return concat(identities[side], fromBigIntBE(BigInt(device), 2))
}

/** Takes over `bytes` and wipes them. */
function named(sender: Sender, bytes: Uint8Array): SenderKey {
  return ownKey(sender, bytes, hkdf32(bytes, kidLabel))
}

/** Many keys with their names, derived together. Takes over their bytes and wipes them. */
export function namedKeys(
  keys: readonly { readonly sender: Sender; readonly bytes: Uint8Array }[],
): readonly SenderKey[] {
  const kids = kidsOf(keys.map(({ bytes }) => bytes))
  return keys.map(({ sender, bytes }, i) => ownKey(sender, bytes, kids[i] ?? none))
}

/** Takes over `bytes` and wipes them. */
function ownKey(sender: Sender, bytes: Uint8Array, kid: Uint8Array): SenderKey {
  try {
    return { sender, kid: kid.slice(0, kidBytes), key: new AeadKey(bytes) }
  } finally {
    bytes.fill(0)
  }
}

/** The key that `kid` names, if it is one of these. */
export function findKey(keys: readonly SenderKey[], kid: Uint8Array): SenderKey | undefined {
  return keys.find(entry => equal(entry.kid, kid))
}

export function wipeKeys(keys: readonly SenderKey[]): void {
  for (const { key } of keys) key.wipe()
}

/** Takes over `bytes` and wipes them. */
export function secretOf(bytes: Uint8Array): SecretBytes {
  try {
    return new SecretBytes(bytes)
  } finally {
    bytes.fill(0)
  }
}

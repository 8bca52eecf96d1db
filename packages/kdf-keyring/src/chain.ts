/** What is derived from one link of the chain; formulas: docs/spec/keyring-v2.md. */
import { concat, equal, fromBigIntBE } from '@chartseal/core/bytes'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { sha256 } from '@noble/hashes/sha2.js'
import { epochBytes } from './epoch.js'
import { hkdf32 } from './hkdf.js'

/** How many device numbers each side has: 0 to 31. A reader has to try them all. */
export const maxDevices = 32
const kidBytes = 8

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
  const name = concat(identities[sender.side], fromBigIntBE(BigInt(sender.device), 2))
  const bytes = hkdf32(chain.reveal(), 'chartseal/epoch-key/v2', [epochBytes(epoch), name])
  return named(sender, bytes)
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

/** The keys of all senders in one epoch: own devices first. */
export function senderKeys(chain: SecretBytes, epoch: number, identities: Identities): readonly SenderKey[] {
  return allSenders.map(sender => senderKey(chain, epoch, identities, sender))
}

const allSenders: readonly Sender[] = (['own', 'peer'] as const).flatMap(side =>
  Array.from({ length: maxDevices }, (_, device) => ({ side, device })),
)

/** Takes over `bytes` and wipes them. */
export function named(sender: Sender, bytes: Uint8Array): SenderKey {
  try {
    const kid = hkdf32(bytes, 'chartseal/kid/v2').slice(0, kidBytes)
    return { sender, kid, key: new AeadKey(bytes) }
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

function secretOf(bytes: Uint8Array): SecretBytes {
  try {
    return new SecretBytes(bytes)
  } finally {
    bytes.fill(0)
  }
}

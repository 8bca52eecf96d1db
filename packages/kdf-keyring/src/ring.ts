import { isVerifyingKey } from '@chartseal/core/ed25519'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { type Identities, identityOf, kidsAhead, maxDevices, type SenderKey, wipeKeys } from './chain.js'
import { clockEpoch, refuseAhead } from './clock.js'
import { type Epoch, parseEpoch } from './epoch.js'

/** An ended epoch whose keys still read. Its link of the chain is gone. */
export interface GraceEpoch {
  readonly epoch: Epoch
  /** The keys are destroyed at this time, ms since 1970. */
  readonly untilMs: number
  readonly keys: readonly SenderKey[]
}

/** What this device sealed in the current epoch. */
export interface Sent {
  /** Also the next counter. */
  readonly messages: number
  readonly bytes: number
}

/** The names of keys that were destroyed, to say of a message that it came too late. */
export interface Forgotten {
  readonly epoch: Epoch
  /** Kids of 8 bytes each, one after the other. */
  readonly kids: Uint8Array
}

/**
 * The keys of one pair, as a value: a step returns the next ring and leaves the old one valid. Each ring owns
 * its secrets; once the next one is stored, wipe the old one with `wipeRing`.
 */
export interface Ring {
  readonly identities: Identities
  /** The number of this device on its side, 0 to 31. */
  readonly device: number
  /** The number for the next device that opens an export of this ring. */
  readonly nextDevice: number
  readonly firstEpoch: Epoch
  /** The active epoch. */
  readonly epoch: Epoch
  /** When the ring moved into it. */
  readonly movedMs: number
  /** The last epoch for which a person, or a message of the other side, vouched. */
  readonly vouched: Epoch
  /** The latest time that was accepted. */
  readonly lastMs: number
  /** chain(epoch): whoever has it reads this epoch and all later ones. */
  readonly chain: SecretBytes
  /** Names of the keys of this epoch and the twelve behind it, so that a reader need not derive them. */
  readonly kids: Uint8Array
  readonly grace: readonly GraceEpoch[]
  readonly forgotten: readonly Forgotten[]
  readonly sent: Sent
}

export interface CreateRingOptions {
  /** 32 bytes from pairing, or drawn at random; never a passphrase. Copied; the caller wipes its own. */
  readonly root: SecretBytes
  /** Ed25519 keys of both sides. */
  readonly ownVerifyingKey: Uint8Array
  readonly peerVerifyingKey: Uint8Array
  /** The same on both sides. */
  readonly firstEpoch: number
  readonly nowMs: number
  /** 0 unless another device of this side already has it. */
  readonly device?: number
}

export const nothingSent: Sent = { messages: 0, bytes: 0 }

/**
 * The ring of a new pair, still in its first epoch: `advanceRing` takes it to the present.
 * @throws RangeError for an invalid epoch, device number or public key
 * @throws ChartsealError `key/wrong-length` unless the root has 32 bytes, `key/wiped`; `keyring/ahead-of-clock` for a
 * first epoch after the next one, `keyring/bad-clock`
 */
export function createRing(options: CreateRingOptions): Ring {
  const { root, ownVerifyingKey, peerVerifyingKey, nowMs, device = 0 } = options
  if (!isVerifyingKey(ownVerifyingKey) || !isVerifyingKey(peerVerifyingKey)) {
    throw new RangeError('ownVerifyingKey and peerVerifyingKey must be Ed25519 public keys')
  }
  const identities = { own: identityOf(ownVerifyingKey), peer: identityOf(peerVerifyingKey) }
  refuseOneSide(identities)
  refuseDevice(device)
  const firstEpoch = parseEpoch(options.firstEpoch)
  refuseAhead(firstEpoch, nowMs)
  // AeadKey refuses every other length.
  const chain = new AeadKey(root.reveal())
  const times = { firstEpoch, epoch: firstEpoch, vouched: clockEpoch(nowMs), movedMs: nowMs, lastMs: nowMs }
  const nothing = { grace: [], forgotten: [], sent: nothingSent }
  const kids = kidsAhead(chain, firstEpoch, identities)
  return { identities, device, nextDevice: device + 1, ...times, chain, kids, ...nothing }
}

/** @throws RangeError unless it is an integer from 0 to 31 */
export function refuseDevice(device: number): void {
  if (Number.isInteger(device) && device >= 0 && device < maxDevices) return
  throw new RangeError(`a device number must be an integer from 0 to ${maxDevices - 1}`)
}

// With one name for both sides, both would count under the same keys.
function refuseOneSide({ own, peer }: Identities): void {
  if (own.every((byte, i) => byte === peer[i]))
    throw new RangeError('the two sides of a ring must have different keys')
}

/** Overwrites every secret of this ring; each later use of them throws `key/wiped`. */
export function wipeRing(ring: Ring): void {
  ring.chain.wipe()
  for (const { keys } of ring.grace) wipeKeys(keys)
}

/** Secrets of their own for the next ring, so that the old one can be wiped. */
export function copyGrace(grace: readonly GraceEpoch[]): readonly GraceEpoch[] {
  return grace.map(entry => ({
    ...entry,
    keys: entry.keys.map(named => ({ ...named, key: new AeadKey(named.key.reveal()) })),
  }))
}

export function copySecret(secret: SecretBytes): SecretBytes {
  return new SecretBytes(secret.reveal())
}

/** Who a person is on one device, and what it remembers of one pair. Byte table: docs/spec/ring-folder.md. */
import { equal } from '@chartseal/core/bytes'
import { SigningKey } from '@chartseal/core/ed25519'
import type { Random } from '@chartseal/core/ports'
import {
  advanceRing,
  confirmClock,
  type PairingSelf,
  parsePersonName,
  type Ring,
  type Role,
  wipeRing,
} from '@chartseal/kdf-keyring'
import type { ReplayWindow } from '@chartseal/wire'
import { clinicError } from './errors.js'
import type { World } from './world.js'

/** The counters that were seen under one key. */
export interface KidWindow {
  readonly epoch: number
  readonly window: ReplayWindow
}

/** A pairing that this side began by showing a code. Secret. */
export interface ShownPairing {
  readonly side: 'show'
  readonly payload: Uint8Array
  readonly nonce: Uint8Array
  /** The X25519 private key of this pairing alone. */
  readonly ephemeral: Uint8Array
  /** With the time at which it came; `null` until then. */
  readonly answer: { readonly bytes: Uint8Array; readonly atMs: number } | null
}

/** A pairing that this side began by reading a code. Secret. */
export interface AcceptedPairing {
  readonly side: 'accept'
  readonly payload: Uint8Array
  readonly answer: Uint8Array
  /** The X25519 private key of this pairing alone. */
  readonly ephemeral: Uint8Array
  readonly reveal: Uint8Array | null
}

/** A message that was opened, and nobody said yet that its content arrived where it belongs. */
export interface Opening {
  /** In hexadecimal. */
  readonly kid: string
  readonly counter: bigint
}

export type PairingInProgress = ShownPairing | AcceptedPairing

export interface Device {
  /** Who this side is; it outlives pairings. */
  readonly self: PairingSelf
  readonly pairing: PairingInProgress | null
  readonly ring: Ring | null
  /** The name of the other side; empty before pairing. */
  readonly peerName: string
  /** Both sides are clinicians: the pair has no patient. */
  readonly isColleague: boolean
  /** By key id in hexadecimal. */
  readonly windows: ReadonlyMap<string, KidWindow>
  readonly opening: readonly Opening[]
}

/**
 * A device of somebody who has not paired yet: fresh keys under a role and a name.
 * @throws ChartsealError `keyring/bad-name`
 */
export function newDevice(role: Role, name: string, random: Random): Device {
  const self = { role, name: parsePersonName(name), signingKey: SigningKey.generate(random) }
  const nobody = { pairing: null, ring: null, peerName: '', isColleague: false }
  return { self, ...nobody, windows: new Map(), opening: [] }
}

/**
 * A device around a ring that was imported.
 * @throws ChartsealError `keyring/bad-name`
 */
export function deviceOf(
  ring: Ring,
  role: Role,
  names: { readonly self: string; readonly peer: string; readonly isColleague?: boolean },
  random: Random,
): Device {
  const { self, peer, isColleague = false } = names
  return { ...newDevice(role, self, random), ring, peerName: parsePersonName(peer), isColleague }
}

/**
 * The ring at this moment, to be stored with the next change.
 * @param clockConfirmed whether a person says that the clock is right, although it jumped
 * @throws ChartsealError `ring/not-paired`, `keyring/clock-jump`, `keyring/ahead-of-clock`, `keyring/bad-clock`
 */
export function ringNow({ ring }: Device, { clock }: Pick<World, 'clock'>, clockConfirmed = false): Ring {
  if (ring === null) throw clinicError('ring/not-paired', {})
  return clockConfirmed ? confirmClock(ring, clock.nowMs()) : advanceRing(ring, clock.nowMs())
}

/**
 * Whether a change destroys a secret. The old state must then not be readable any more, not even from a copy of it that
 * a disk or a snapshot keeps.
 */
export function forgets(before: Device, after: Device): boolean {
  if (before.pairing !== null && !keeps(before.pairing.ephemeral, after.pairing?.ephemeral)) return true
  if (before.ring === null) return false
  const epochs = new Set(after.ring?.grace.map(({ epoch }) => epoch))
  return after.ring?.epoch !== before.ring.epoch || before.ring.grace.some(({ epoch }) => !epochs.has(epoch))
}

function keeps(secret: Uint8Array, later: Uint8Array | undefined): boolean {
  return later !== undefined && equal(secret, later)
}

/** Overwrites every secret of this state. */
export function wipeDevice({ self, pairing, ring }: Device): void {
  self.signingKey.wipe()
  if (ring !== null) wipeRing(ring)
  if (pairing === null) return
  pairing.payload.fill(0)
  pairing.ephemeral.fill(0)
  if (pairing.side === 'show') pairing.nonce.fill(0)
}

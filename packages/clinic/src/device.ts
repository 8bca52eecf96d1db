/** Who a person is on one device, and what it remembers of one pair. Byte table: docs/spec/ring-folder.md. */
import { fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { SigningKey } from '@chartseal/core/ed25519'
import { type CborValue, decodeCbor, decodeHex, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { AgreementKey } from '@chartseal/core/x25519'
import {
  decodeRing,
  encodeRing,
  type PairingSelf,
  type Ring,
  type Role,
  stateOf,
  wipeRing,
} from '@chartseal/kdf-keyring'
import type { ReplayWindow } from '@chartseal/wire'
import { clinicError } from './errors.js'

const version = 2
const keyBytes = 32
const nextBytes = 8
const seenBytes = 128

/** The counters that were seen under one key. */
export interface KidWindow {
  readonly epoch: number
  readonly window: ReplayWindow
}

/** A message that was opened, and nobody said yet that its content arrived where it belongs. */
export interface Opening {
  /** In hexadecimal. */
  readonly kid: string
  readonly counter: bigint
}

/** A pairing on its way. Secret. */
export type PairingInProgress =
  | {
      readonly side: 'show'
      readonly payload: Uint8Array
      readonly nonce: Uint8Array
      /** With the time at which it came; `null` until then. */
      readonly answer: { readonly bytes: Uint8Array; readonly atMs: number } | null
    }
  | {
      readonly side: 'accept'
      readonly payload: Uint8Array
      readonly answer: Uint8Array
      readonly reveal: Uint8Array | null
    }

export interface Device {
  /** Who this side is; it outlives pairings. */
  readonly self: PairingSelf
  readonly pairing: PairingInProgress | null
  readonly ring: Ring | null
  /** The name of the other side; empty while nobody is paired with. */
  readonly peerName: string
  /** By key id in hexadecimal. */
  readonly windows: ReadonlyMap<string, KidWindow>
  readonly opening: readonly Opening[]
}

/** The caller wipes the bytes. Windows of keys that are destroyed are left out: no message reaches them. */
export function encodeDevice({ self, pairing, ring, peerName, windows, opening }: Device): Uint8Array {
  const live = [...windows].filter(([, { epoch }]) => ring !== null && stateOf(ring, epoch) !== 'destroyed')
  const waiting = opening.filter(({ kid }) => live.some(([name]) => name === kid))
  const fields = {
    v: version,
    role: self.role,
    name: self.name,
    sk: self.signingKey.reveal(),
    ak: self.agreementKey.reveal(),
    pairing: pairing === null ? [] : [encodePairing(pairing)],
    ring: ring === null ? new Uint8Array() : encodeRing(ring),
    peer: peerName,
    windows: live
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kid, { epoch, window }]) => ({
        kid: decodeHex(kid),
        e: epoch,
        n: fromBigIntBE(window.next, nextBytes),
        s: fromBigIntBE(window.seen, seenBytes),
      })),
  }
  if (waiting.length === 0) return encodeCbor(fields)
  return encodeCbor({
    ...fields,
    opening: waiting.map(({ kid, counter }) => ({
      kid: decodeHex(kid),
      n: fromBigIntBE(counter, nextBytes),
    })),
  })
}

function encodePairing(pairing: PairingInProgress): CborValue {
  const { side, payload } = pairing
  if (side === 'show') {
    const { nonce, answer } = pairing
    return { side, a: payload, n: nonce, b: answer?.bytes ?? new Uint8Array(), at: answer?.atMs ?? 0 }
  }
  return { side, a: payload, n: pairing.reveal ?? new Uint8Array(), b: pairing.answer, at: 0 }
}

const names = ['v', 'role', 'name', 'sk', 'ak', 'pairing', 'ring', 'peer', 'windows']

/** Takes over `bytes` and wipes them. @throws ChartsealError `ring/damaged` */
export function decodeDevice(bytes: Uint8Array): Device {
  try {
    const value = decodeCbor(bytes)
    const isOpening = Object.hasOwn(Object(value), 'opening')
    return readDevice(new CborFields(value, isOpening ? [...names, 'opening'] : names), isOpening)
  } catch (error) {
    throw clinicError('ring/damaged', {
      file: 'state',
      reason: error instanceof Error ? error.message : '',
    })
  } finally {
    bytes.fill(0)
  }
}

function readDevice(map: CborFields, isOpening: boolean): Device {
  map.count('v', version, version)
  const ring = map.bytes('ring')
  const role = map.text('role') === 'doctor' ? 'doctor' : 'patient'
  const [signingKey, agreementKey] = [map.bytes('sk', keyBytes), map.bytes('ak', keyBytes)]
  const self = {
    role,
    name: map.text('name'),
    signingKey: new SigningKey(signingKey),
    agreementKey: new AgreementKey(agreementKey),
  } as const
  for (const secret of [signingKey, agreementKey]) secret.fill(0)
  return {
    self,
    pairing: map.maps('pairing', ['side', 'a', 'n', 'b', 'at']).map(readPairing)[0] ?? null,
    ring: ring.length === 0 ? null : decodeRing(ring),
    peerName: map.text('peer'),
    windows: new Map(map.maps('windows', ['kid', 'e', 'n', 's']).map(readWindow)),
    opening: isOpening ? map.maps('opening', ['kid', 'n']).map(readOpening) : [],
  }
}

function readPairing(map: CborFields): PairingInProgress {
  const [payload, n, b] = [map.bytes('a'), map.bytes('n'), map.bytes('b')]
  if (map.text('side') === 'accept') {
    return { side: 'accept', payload, answer: b, reveal: n.length === 0 ? null : n }
  }
  return {
    side: 'show',
    payload,
    nonce: n,
    answer: b.length === 0 ? null : { bytes: b, atMs: map.count('at') },
  }
}

function readWindow(map: CborFields): readonly [string, KidWindow] {
  const window = { next: toBigIntBE(map.bytes('n', nextBytes)), seen: toBigIntBE(map.bytes('s', seenBytes)) }
  return [encodeHex(map.bytes('kid')), { epoch: map.count('e'), window }]
}

function readOpening(map: CborFields): Opening {
  return { kid: encodeHex(map.bytes('kid')), counter: toBigIntBE(map.bytes('n', nextBytes)) }
}

/** Overwrites every secret of this state. */
export function wipeDevice({ self, pairing, ring }: Device): void {
  self.signingKey.wipe()
  self.agreementKey.wipe()
  if (ring !== null) wipeRing(ring)
  if (pairing === null) return
  pairing.payload.fill(0)
  if (pairing.side === 'show') pairing.nonce.fill(0)
}

/** Fresh keys under a role and a name. */
export function newSelf(role: Role, name: string, random: Random): PairingSelf {
  return { role, name, signingKey: SigningKey.generate(random), agreementKey: AgreementKey.generate(random) }
}

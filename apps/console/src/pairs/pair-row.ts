/** One pair of people on this device: the clinic workflow's device, and where the other side is reached. */
import { type Device, decodeDevice, encodeDevice } from '@chartseal/clinic'
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, decodeHex, encodeBase64Url, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { refuseNewer } from '../store/row-version.js'

/** With what is known of record keys; 1 without. */
const version = 2
const fields = ['v', 'device', 'slot', 'kid', 'box', 'kit', 'kitAt', 'checkedAt', 'createdAt']

/** The kit that covers a pair. */
export interface PairKit {
  /** The root of its set of shares, hexadecimal. */
  readonly root: string
  readonly madeMs: number
  /** When a sheet of it was scanned back last. */
  readonly checkedMs: number
}

/** Present once a card came with its time. */
const cardField = 'cardAt'
/** Present once somebody blocked. */
const blockFields = ['blockedAt', 'byPeer', 'toldAt']
/** Present once a record key is known, or was told. */
const recordFields = ['record', 'toldRecord']

export interface Pair {
  readonly id: string
  readonly device: Device
  /** Where this pairing goes on, with its key; empty before and after. Secret. */
  readonly slot: string
  /** The other side's device and mailbox; empty until both have confirmed the digits. */
  readonly peerKid: string
  readonly peerBox: string
  /** When the other side said so, by its clock. */
  readonly peerCardMs: number
  readonly kit: PairKit | null
  readonly createdMs: number
  /** Since when this side blocks the other one; 0 when it does not. */
  readonly blockedMs: number
  readonly isBlockedByPeer: boolean
  /** When the other side said so, or that it does not any more, by its clock. */
  readonly peerToldMs: number
  /** To which the other side's records are sealed (`csrec1…`); empty while it is not known. */
  readonly peerRecord: string
  /** Which record key of this device the other side was told; empty before. */
  readonly toldRecord: string
}

export const pairPrefix = 'pair/'

/** The caller wipes the bytes. */
export function encodePair(pair: Pair): Uint8Array {
  const device = encodeDevice(pair.device)
  try {
    return encodeCbor({
      ...recordOf(pair),
      device,
      slot: pair.slot,
      kid: pair.peerKid,
      box: pair.peerBox,
      kit: pair.kit?.root ?? '',
      kitAt: pair.kit?.madeMs ?? 0,
      checkedAt: pair.kit?.checkedMs ?? 0,
      createdAt: pair.createdMs,
      ...cardOf(pair),
      ...blockOf(pair),
    })
  } finally {
    device.fill(0)
  }
}

function recordOf({ peerRecord, toldRecord }: Pair): Readonly<Record<string, number | string>> {
  return peerRecord === '' && toldRecord === '' ? { v: 1 } : { v: version, record: peerRecord, toldRecord }
}

function cardOf({ peerCardMs }: Pair): Readonly<Record<string, number>> {
  return peerCardMs === 0 ? {} : { [cardField]: peerCardMs }
}

function blockOf({ blockedMs, isBlockedByPeer, peerToldMs }: Pair): Readonly<Record<string, number>> {
  if (blockedMs === 0 && peerToldMs === 0) return {}
  return { blockedAt: blockedMs, byPeer: isBlockedByPeer ? 1 : 0, toldAt: peerToldMs }
}

/** Takes over the bytes and wipes them. @throws ChartsealError `console/newer-page`, `cbor/invalid`, `ring/damaged` */
export function decodePair(id: string, bytes: Uint8Array): Pair {
  try {
    const optional = [...blockFields, cardField, ...recordFields]
    const map = new CborFields(refuseNewer(decodeCbor(bytes), version), fields, optional)
    map.count('v', version, 1)
    const root = map.text('kit')
    const kit = { root, madeMs: map.count('kitAt'), checkedMs: map.count('checkedAt') }
    return {
      id,
      device: decodeDevice(map.bytes('device')),
      slot: map.text('slot'),
      peerKid: map.text('kid'),
      peerBox: map.text('box'),
      peerCardMs: map.has(cardField) ? map.count(cardField) : 0,
      kit: root === '' ? null : kit,
      createdMs: map.count('createdAt'),
      ...readBlock(map),
      ...readRecord(map),
    }
  } finally {
    bytes.fill(0)
  }
}

function readBlock(map: CborFields): Pick<Pair, 'blockedMs' | 'isBlockedByPeer' | 'peerToldMs'> {
  if (!map.has('toldAt')) return notBlocked
  return {
    blockedMs: map.count('blockedAt'),
    isBlockedByPeer: map.count('byPeer', 1) === 1,
    peerToldMs: map.count('toldAt'),
  }
}

function readRecord(map: CborFields): Pick<Pair, 'peerRecord' | 'toldRecord'> {
  return map.has('record') ? { peerRecord: map.text('record'), toldRecord: map.text('toldRecord') } : noRecord
}

export const noRecord = { peerRecord: '', toldRecord: '' } as const

export const notBlocked = { blockedMs: 0, isBlockedByPeer: false, peerToldMs: 0 } as const

/**
 * The patient of a pair, or the pair itself where both are clinicians, by the keys that both sides confirmed: no side can
 * name another one. It is authenticated with each message, so that a message in another thread does not open. Empty
 * before pairing.
 */
export function patientIdOf({ device }: Pair): string {
  const { ring, self, isColleague } = device
  if (ring === null) return ''
  const { own, peer } = ring.identities
  if (isColleague) return `C-${digestOf([own, peer].map(encodeHex).toSorted().join(''))}`
  return `P-${digestOf(encodeHex(self.role === 'patient' ? own : peer))}`
}

const digestOf = (hex: string): string => encodeHex(defaultEngine().sha256(decodeHex(hex))).slice(0, 16)

export const isPaired = ({ device, peerBox }: Pair): boolean => device.ring !== null && peerBox !== ''

/** A kit was made for it, and a sheet of that was scanned back. */
export const isCovered = ({ kit }: Pair): boolean => kit !== null

export function newPairId(bytes: Uint8Array): string {
  return encodeBase64Url(bytes)
}

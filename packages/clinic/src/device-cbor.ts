/** The state of a device as bytes. Byte table: docs/spec/ring-folder.md. */
import { fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { SigningKey } from '@chartseal/core/ed25519'
import { type CborValue, decodeCbor, decodeHex, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import { decodeRing, encodeRing, keyStateOf, type PairingSelf } from '@chartseal/kdf-keyring'
import type { Device, KidWindow, Opening, PairingInProgress } from './device.js'
import { clinicError } from './errors.js'

const version = 3
/** With an agreement key that outlived pairings; read, never written. */
const olderVersion = 2
const keyBytes = 32
const nextBytes = 8
const seenBytes = 128
const fields = ['v', 'role', 'name', 'sk', 'pairing', 'ring', 'peer', 'windows', 'opening']
/** Present for a pair of two clinicians. */
const colleagueField = 'colleague'

/** The caller wipes the bytes. Windows of keys that are destroyed are left out: no message reaches them. */
export function encodeDevice(device: Device): Uint8Array {
  const { self, pairing, ring, peerName, isColleague, windows, opening } = device
  const live = [...windows].filter(
    ([, { epoch }]) => ring !== null && keyStateOf(ring, epoch) !== 'destroyed',
  )
  const waiting = opening.filter(({ kid }) => live.some(([name]) => name === kid))
  return encodeCbor({
    v: version,
    role: self.role,
    name: self.name,
    sk: self.signingKey.reveal(),
    pairing: pairing === null ? [] : [encodePairing(pairing)],
    ring: ring === null ? new Uint8Array() : encodeRing(ring),
    peer: peerName,
    ...(isColleague ? { [colleagueField]: 1 } : {}),
    windows: live
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kid, { epoch, window }]) => ({
        kid: decodeHex(kid),
        e: epoch,
        n: fromBigIntBE(window.next, nextBytes),
        s: fromBigIntBE(window.seen, seenBytes),
      })),
    opening: waiting.map(({ kid, counter }) => ({
      kid: decodeHex(kid),
      n: fromBigIntBE(counter, nextBytes),
    })),
  })
}

function encodePairing(pairing: PairingInProgress): CborValue {
  const { side, payload, ephemeral } = pairing
  if (side === 'show') {
    const { nonce, answer } = pairing
    const came = { b: answer?.bytes ?? new Uint8Array(), at: answer?.atMs ?? 0 }
    return { side, a: payload, n: nonce, ek: ephemeral, ...came }
  }
  const n = pairing.reveal ?? new Uint8Array()
  return { side, a: payload, n, ek: ephemeral, b: pairing.answer, at: 0 }
}

/** Whether an earlier version wrote these bytes, with secrets that this one does not keep. */
export function isOlderDevice(bytes: Uint8Array): boolean {
  try {
    return fieldOf(decodeCbor(bytes), 'v') === olderVersion
  } catch {
    return false
  }
}

/** Takes over `bytes` and wipes them. @throws ChartsealError `ring/damaged` */
export function decodeDevice(bytes: Uint8Array): Device {
  try {
    const value = decodeCbor(bytes)
    return fieldOf(value, 'v') === olderVersion ? readOlder(value) : readDevice(value)
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    throw clinicError('ring/damaged', { file: 'state', reason })
  } finally {
    bytes.fill(0)
  }
}

function readDevice(value: CborValue): Device {
  const map = new CborFields(value, fields, [colleagueField])
  map.count('v', version, version)
  const [pairing, another] = map.maps('pairing', ['side', 'a', 'n', 'ek', 'b', 'at'])
  if (another !== undefined) throw notIn('pairing', 'one at most')
  return readCommon(
    map,
    pairing === undefined ? null : readPairing(pairing),
    map.maps('opening', ['kid', 'n']).map(readOpening),
  )
}

/** Without its agreement key, and without a pairing: one that was under way is of another version and must start again. */
function readOlder(value: CborValue): Device {
  const names = [...fields.filter(name => name !== 'opening'), 'ak']
  return readCommon(new CborFields(value, names), null, [])
}

const notIn = (field: string, expected: string): Error => coreError('cbor/invalid', { field, expected })

/** A text that is one of these. */
function wordIn<Word extends string>(map: CborFields, field: string, words: readonly Word[]): Word {
  const text = map.text(field)
  const word = words.find(known => known === text)
  if (word === undefined) throw notIn(field, words.join(' or '))
  return word
}

function readCommon(map: CborFields, pairing: PairingInProgress | null, opening: readonly Opening[]): Device {
  const windows = readWindows(map)
  const ring = map.bytes('ring')
  try {
    return {
      self: readSelf(map),
      pairing,
      ring: ring.length === 0 ? null : decodeRing(ring),
      peerName: map.text('peer'),
      isColleague: map.has(colleagueField) && map.count(colleagueField, 1, 1) === 1,
      windows,
      opening,
    }
  } finally {
    ring.fill(0)
  }
}

function readSelf(map: CborFields): PairingSelf {
  const role = wordIn(map, 'role', ['doctor', 'patient'])
  const signingKey = map.bytes('sk', keyBytes)
  try {
    return { role, name: map.text('name'), signingKey: new SigningKey(signingKey) }
  } finally {
    signingKey.fill(0)
  }
}

function readPairing(map: CborFields): PairingInProgress {
  const [payload, n, b] = [map.bytes('a'), map.bytes('n'), map.bytes('b')]
  const ephemeral = map.bytes('ek', keyBytes)
  const side = wordIn(map, 'side', ['show', 'accept'])
  const hasAnswerCome = side === 'show' && b.length > 0
  const atMs = map.count('at', hasAnswerCome ? Number.MAX_SAFE_INTEGER : 0)
  if (side === 'accept') return { side, payload, answer: b, ephemeral, reveal: n.length === 0 ? null : n }
  return { side, payload, nonce: n, ephemeral, answer: hasAnswerCome ? { bytes: b, atMs } : null }
}

function readWindows(map: CborFields): Device['windows'] {
  const all = map.maps('windows', ['kid', 'e', 'n', 's']).map(readWindow)
  const windows = new Map(all)
  if (windows.size !== all.length) throw notIn('windows', 'one for each key')
  return windows
}

function readWindow(map: CborFields): readonly [string, KidWindow] {
  const window = { next: toBigIntBE(map.bytes('n', nextBytes)), seen: toBigIntBE(map.bytes('s', seenBytes)) }
  return [encodeHex(map.bytes('kid')), { epoch: map.count('e'), window }]
}

function readOpening(map: CborFields): Opening {
  return { kid: encodeHex(map.bytes('kid')), counter: toBigIntBE(map.bytes('n', nextBytes)) }
}

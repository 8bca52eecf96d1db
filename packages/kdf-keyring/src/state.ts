/** A ring as bytes; byte table: docs/spec/keyring-v2.md. The bytes are secret: seal them, or use `exportRing`. */
import { CborFields } from '@chartseal/core/cbor'
import { type CborValue, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import { maxDevices, named, type SenderKey } from './chain.js'
import { maxEpoch, parseEpoch } from './epoch.js'
import { keyringError } from './errors.js'
import type { Forgotten, GraceEpoch, Ring } from './ring.js'

const version = 2
const identityBytes = 32
const keyBytes = 32
const kidBytes = 8
const maxTimeMs = 8.64e15
const fields = [
  'v',
  'own',
  'peer',
  'dev',
  'next',
  'e0',
  'e',
  'moved',
  'last',
  'chain',
  'grace',
  'gone',
  'msgs',
  'sent',
]

/** Deterministic CBOR. Holds every secret of the ring; the caller wipes it. @throws ChartsealError `key/wiped` */
export function encodeRing(ring: Ring): Uint8Array {
  return encodeCbor({
    v: version,
    own: ring.identities.own,
    peer: ring.identities.peer,
    dev: ring.device,
    next: ring.nextDevice,
    e0: ring.firstEpoch,
    e: ring.epoch,
    moved: ring.movedMs,
    last: ring.lastMs,
    chain: ring.chain.reveal(),
    grace: ring.grace.map(graceToCbor),
    gone: ring.forgotten.map(({ epoch, kids }) => ({ e: epoch, k: kids })),
    msgs: ring.sent.messages,
    sent: ring.sent.bytes,
  })
}

function graceToCbor({ epoch, untilMs, keys }: GraceEpoch): CborValue {
  return {
    e: epoch,
    t: untilMs,
    k: keys.map(({ sender, key }) => ({
      s: sender.side === 'own' ? 0 : 1,
      d: sender.device,
      k: key.reveal(),
    })),
  }
}

/** @throws ChartsealError `keyring/bad-state` for bytes that `encodeRing` does not write */
export function decodeRing(bytes: Uint8Array): Ring {
  try {
    return readRing(CborFields.decode(bytes, fields))
  } catch (error) {
    if (error instanceof ChartsealError && /^(encoding|cbor)\//.test(error.code)) {
      throw keyringError('keyring/bad-state', { reason: error.message })
    }
    throw error
  }
}

function readRing(map: CborFields): Ring {
  map.count('v', version, version)
  const firstEpoch = parseEpoch(map.count('e0', maxEpoch))
  const epoch = parseEpoch(map.count('e', maxEpoch, firstEpoch))
  const device = map.count('dev', maxDevices - 1)
  return {
    identities: { own: map.bytes('own', identityBytes), peer: map.bytes('peer', identityBytes) },
    device,
    nextDevice: map.count('next', maxDevices, device + 1),
    firstEpoch,
    epoch,
    movedMs: map.count('moved', maxTimeMs),
    lastMs: map.count('last', maxTimeMs),
    chain: secretKey(map.bytes('chain', keyBytes)),
    grace: ascending(map.maps('grace', ['e', 't', 'k']).map(entry => readGrace(entry, epoch))),
    forgotten: ascending(map.maps('gone', ['e', 'k']).map(entry => readForgotten(entry, epoch))),
    sent: { messages: map.count('msgs'), bytes: map.count('sent') },
  }
}

function readGrace(map: CborFields, active: number): GraceEpoch {
  const keys = map.maps('k', ['s', 'd', 'k']).map(readSenderKey)
  return { epoch: endedEpoch(map, active), untilMs: map.count('t', maxTimeMs), keys }
}

function readSenderKey(map: CborFields): SenderKey {
  const side = map.count('s', 1) === 0 ? 'own' : 'peer'
  return named({ side, device: map.count('d', maxDevices - 1) }, map.bytes('k', keyBytes))
}

function readForgotten(map: CborFields, active: number): Forgotten {
  const kids = map.bytes('k')
  if (kids.length === 0 || kids.length % kidBytes !== 0) throw badState('kids have 8 bytes each')
  return { epoch: endedEpoch(map, active), kids }
}

function endedEpoch(map: CborFields, active: number): GraceEpoch['epoch'] {
  const epoch = parseEpoch(map.count('e', maxEpoch))
  if (epoch >= active) throw badState('an epoch that has not ended is listed as ended')
  return epoch
}

function ascending<Entry extends { readonly epoch: number }>(entries: readonly Entry[]): readonly Entry[] {
  const sorted = entries.every((entry, i) => i === 0 || entry.epoch > (entries[i - 1]?.epoch ?? 0))
  if (!sorted) throw badState('epochs are not in order')
  return entries
}

function secretKey(bytes: Uint8Array): AeadKey {
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

function badState(reason: string): Error {
  return keyringError('keyring/bad-state', { reason })
}

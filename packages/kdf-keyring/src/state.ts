/** A ring as bytes; byte table: docs/spec/keyring-v2.md. The bytes are secret: seal them, or use `exportRing`. */
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import { kidBytes, kidsAhead, kidsAheadBytes, maxDevices, namedKeys, type Sender } from './chain.js'
import { maxEpoch, parseEpoch } from './epoch.js'
import { keyringError } from './errors.js'
import type { Forgotten, GraceEpoch, Ring } from './ring.js'

const version = 3
/** Without `ok` and `kids`; read, never written. */
const olderVersion = 2
const identityBytes = 32
const keyBytes = 32
const maxTimeMs = 8.64e15
const fields = [
  'v',
  'own',
  'peer',
  'dev',
  'next',
  'e0',
  'e',
  'ok',
  'moved',
  'last',
  'chain',
  'kids',
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
    ok: ring.vouched,
    moved: ring.movedMs,
    last: ring.lastMs,
    chain: ring.chain.reveal(),
    kids: ring.kids,
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
    return readAny(decodeCbor(bytes))
  } catch (error) {
    if (error instanceof ChartsealError && /^(encoding|cbor)\//.test(error.code)) {
      throw keyringError('keyring/bad-state', { reason: error.message })
    }
    throw error
  }
}

function readAny(value: CborValue): Ring {
  if (fieldOf(value, 'v') === olderVersion) return readOlder(value)
  const map = new CborFields(value, fields)
  map.count('v', version, version)
  return {
    ...readCommon(map),
    vouched: parseEpoch(map.count('ok', maxEpoch)),
    kids: map.bytes('kids', kidsAheadBytes),
  }
}

function readOlder(value: CborValue): Ring {
  const map = new CborFields(
    value,
    fields.filter(name => name !== 'ok' && name !== 'kids'),
  )
  const ring = readCommon(map)
  return { ...ring, vouched: ring.epoch, kids: kidsAhead(ring.chain, ring.epoch, ring.identities) }
}

function readCommon(map: CborFields): Omit<Ring, 'vouched' | 'kids'> {
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
  const keys = namedKeys(map.maps('k', ['s', 'd', 'k']).map(readSenderKey))
  return { epoch: endedEpoch(map, active), untilMs: map.count('t', maxTimeMs), keys }
}

function readSenderKey(map: CborFields): { readonly sender: Sender; readonly bytes: Uint8Array } {
  const side = map.count('s', 1) === 0 ? 'own' : 'peer'
  return { sender: { side, device: map.count('d', maxDevices - 1) }, bytes: map.bytes('k', keyBytes) }
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

/** Takes over `bytes` and wipes them. */
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

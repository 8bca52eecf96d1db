/** What a thief has who takes both devices after both have shredded, and everything that ever crossed between them. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { type Device, encodeDevice } from '@chartseal/clinic'
import { concat } from '@chartseal/core/bytes'
import { decodeCbor, encodeHex } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { advanceRing, epochKey, rotateRing, shred, takeSealingKey } from '@chartseal/kdf-keyring'
import { describe, expect, it } from 'vitest'
import { type Crossed, pairDevices, startMs, worldAt } from './people.js'

/** The keys of the first month, which a thief is after. */
interface Loot {
  readonly epoch: number
  readonly sealer: Uint8Array
  readonly key: string
  readonly crossed: Crossed
}

const field = (bytes: Uint8Array, name: string): Uint8Array => Object(decodeCbor(bytes))[name]

function shredded({ ring, ...device }: Device): Device {
  if (ring === null) throw new Error('not paired')
  return { ...device, ring: shred(rotateRing(ring, startMs), ring.epoch) }
}

function setUp(): {
  readonly loot: Loot
  readonly devices: readonly Device[]
  readonly before: readonly Device[]
} {
  const { doctor, patient, before, crossed } = pairDevices(worldAt())
  if (doctor.ring === null) throw new Error('not paired')
  const { key } = takeSealingKey(doctor.ring, 1, startMs).sealing
  const sealer = field(crossed.payload, 'sk')
  const loot = { epoch: doctor.ring.epoch, sealer, key: encodeHex(key.reveal()), crossed }
  return { loot, devices: [shredded(doctor), shredded(patient)], before }
}

/** Every 32 bytes in a row of what is known. */
function* windowsOf(known: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const bytes of known) {
    for (let at = 0; at + 32 <= bytes.length; at++) yield bytes.subarray(at, at + 32)
  }
}

const privateOf = (seed: Uint8Array): KeyObject => {
  const prefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
}
const publicOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), raw]),
    format: 'der',
    type: 'spki',
  })

/** Whether the key follows: from 32 known bytes as the chain, as a private key of the pairing, or as the key itself. */
function follows(known: readonly Uint8Array[], { epoch, sealer, key, crossed }: Loot): boolean {
  const { payload, answer, reveal } = crossed
  const publics = [payload, answer].map(message => publicOf(field(message, 'ek')))
  const transcript = createHash('sha256')
    .update(concat(payload, answer, reveal.subarray(0, 32)))
    .digest()
  const rootOf = (shared: Uint8Array): Uint8Array => {
    const ikm = Buffer.concat([field(payload, 'ps'), shared])
    return new Uint8Array(hkdfSync('sha256', ikm, transcript, 'chartseal/ring-root/v3', 32))
  }
  const opens = (chain: Uint8Array): boolean =>
    encodeHex(epochKey(new SecretBytes(chain), epoch, sealer, 0).key.reveal()) === key
  for (const window of windowsOf(known)) {
    if (encodeHex(window) === key || opens(window)) return true
    const privateKey = privateOf(window)
    for (const publicKey of publics) {
      if (opens(rootOf(diffieHellman({ privateKey, publicKey })))) return true
    }
  }
  return false
}

const crossedBytes = ({ payload, answer, reveal }: Crossed): readonly Uint8Array[] => [
  payload,
  answer,
  reveal,
]

/** Names of keys are hashes; searching them would only cost time. */
function stateOf({ ring, ...device }: Device): Uint8Array {
  if (ring === null) return encodeDevice({ ...device, ring })
  const bytes = encodeDevice({ ...device, ring })
  const at = Buffer.from(bytes).indexOf(Buffer.from(ring.kids))
  return concat(bytes.subarray(0, at), bytes.subarray(at + ring.kids.length))
}

describe('after both sides have shredded a month', () => {
  it('leaves no way to its keys in both devices and everything that crossed between them', () => {
    const { loot, devices } = setUp()
    expect(follows([...crossedBytes(loot.crossed), ...devices.map(stateOf)], loot)).toBe(false)
  })

  // The search itself can fail: what version 2 kept for ever, the private key of the agreement, is enough.
  it.each([0, 1])('finds the way when side %d keeps the private key of its pairing', side => {
    const { loot, before } = setUp()
    const pairing = before[side]?.pairing
    if (pairing === null || pairing === undefined) throw new Error('no pairing')
    expect(follows([...crossedBytes(loot.crossed), pairing.ephemeral], loot)).toBe(true)
  })

  it('has no link of the chain before the shredded month in either device', () => {
    const { loot, devices } = setUp()
    const links = devices.flatMap(({ ring }) => (ring === null ? [] : [ring.chain.reveal()]))
    expect(links).toHaveLength(2)
    expect(follows(links, loot)).toBe(false)
    expect(devices.map(({ pairing }) => pairing)).toEqual([null, null])
  })
})

describe('a device that moves on with the month', () => {
  it('keeps no key whose grace is over', () => {
    const { doctor } = pairDevices()
    if (doctor.ring === null) throw new Error('not paired')
    const { key } = takeSealingKey(doctor.ring, 1, startMs).sealing
    const august = advanceRing(doctor.ring, Date.UTC(2026, 7, 2))
    const held = encodeHex(encodeDevice({ ...doctor, ring: august }))
    const later = encodeHex(encodeDevice({ ...doctor, ring: advanceRing(august, Date.UTC(2026, 7, 9, 1)) }))
    expect([held, later].map(state => state.includes(encodeHex(key.reveal())))).toEqual([true, false])
  })
})

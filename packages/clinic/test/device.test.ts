import {
  type Device,
  decodeDevice,
  deviceOf,
  encodeDevice,
  forgets,
  newDevice,
  ringNow,
  showCode,
  wipeDevice,
} from '@chartseal/clinic'
import { decodeCbor, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { encodeRing, rotateRing, shred, takeSealingKey } from '@chartseal/kdf-keyring'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { dayMs, done, pairDevices, startMs, worldAt } from './people.js'

const again = (device: Device): Device => decodeDevice(encodeDevice(device))
const ringOf = ({ ring }: Device): NonNullable<Device['ring']> => {
  if (ring === null) throw new Error('not paired')
  return ring
}

describe('a device as bytes', () => {
  it('is read as it was written, at every step of a pairing and after it', () => {
    const { doctor, patient, before } = pairDevices()
    const world = worldAt()
    const shown = done(showCode(newDevice('doctor', 'Dr. Şahin', systemRandom), world)).device
    const kid = encodeHex(takeSealingKey(ringOf(doctor), 1, startMs).sealing.kid)
    const window = { epoch: ringOf(doctor).epoch, window: { next: 5n, seen: 3n } }
    const opened = { ...patient, windows: new Map([[kid, window]]) }
    for (const device of [
      newDevice('patient', 'R', systemRandom),
      shown,
      ...before,
      doctor,
      patient,
      opened,
    ]) {
      expect(encodeDevice(again(device))).toEqual(encodeDevice(device))
    }
    expect(again(opened).windows.get(kid)).toEqual(window)
    const later = { ...opened, ring: shred(rotateRing(ringOf(opened), startMs), window.epoch) }
    expect(again(later).windows.size).toBe(0)
  })

  it('of version 2 is read without the agreement key that it kept, and without its pairing', () => {
    const { doctor, before } = pairDevices()
    const ak = new Uint8Array(32).fill(0xa7)
    const ringMap = Object(decodeCbor(encodeRing(ringOf(doctor))))
    const { ok: _, kids: __, ...ring } = ringMap
    const { opening: ____, ...current } = Object(decodeCbor(encodeDevice(doctor)))
    const older = {
      ...current,
      v: 2,
      ak,
      ring: encodeCbor({ ...ring, v: 2 }),
    }
    const read = decodeDevice(encodeCbor(older))
    expect(encodeHex(encodeDevice(read))).toBe(encodeHex(encodeDevice(doctor)))
    expect(encodeHex(encodeDevice(read))).not.toContain('a7'.repeat(32))
    const [pairing] = Object(decodeCbor(encodeDevice(before[0]))).pairing
    const { ek: ___, ...olderPairing } = pairing
    const { opening: _____, ...began } = Object(decodeCbor(encodeDevice(before[0])))
    const underWay = { ...began, v: 2, ak, pairing: [olderPairing] }
    expect(decodeDevice(encodeCbor(underWay)).pairing).toBeNull()
  })

  it('is refused when it is anything else', async () => {
    const map = Object(decodeCbor(encodeDevice(newDevice('patient', 'R', systemRandom))))
    for (const wrong of [{ v: 4 }, { sk: new Uint8Array(31) }, { ring: Uint8Array.of(1) }, { x: 1 }]) {
      expect(await codeOf(() => decodeDevice(encodeCbor({ ...map, ...wrong })))).toBe('ring/damaged')
    }
    expect(await codeOf(() => decodeDevice(Uint8Array.of(0xff)))).toBe('ring/damaged')
  })

  it('has one spelling: what nobody writes is refused, and nothing of it is passed over', async () => {
    const { before } = pairDevices()
    const [shown, accepted] = before.map(device => Object(decodeCbor(encodeDevice(device))))
    const [showing, accepting] = [shown.pairing[0], accepted.pairing[0]]
    const seen = { kid: new Uint8Array(8), e: 1, n: new Uint8Array(8), s: new Uint8Array(128) }
    for (const wrong of [
      { ...shown, role: 'nurse' },
      { ...shown, pairing: [{ ...showing, side: 'both' }] },
      { ...shown, pairing: [showing, showing] },
      { ...accepted, pairing: [{ ...accepting, at: 5 }] },
      { ...shown, pairing: [{ ...showing, b: new Uint8Array(), at: 5 }] },
      { ...shown, windows: [seen, seen] },
    ])
      expect(await codeOf(() => decodeDevice(encodeCbor(wrong)))).toBe('ring/damaged')
  })

  it('is wiped as a whole', () => {
    const { doctor, before } = pairDevices()
    for (const device of [doctor, ...before]) wipeDevice(device)
    expect([doctor.self.signingKey.isWiped, ringOf(doctor).chain.isWiped]).toEqual([true, true])
    for (const { pairing } of before) expect(pairing?.ephemeral).toEqual(new Uint8Array(32))
  })
})

describe('a new device', () => {
  it('has a name that pairing carries, or none', async () => {
    expect(newDevice('patient', ' Jose\u0301 ', systemRandom).self.name).toBe('Jos\u00e9')
    expect(await codeOf(() => newDevice('patient', ' ', systemRandom))).toBe('keyring/bad-name')
    const ring = ringOf(pairDevices().doctor)
    const imported = deviceOf(ring, 'doctor', { self: 'D ', peer: 'R' }, systemRandom)
    expect([imported.self.name, imported.peerName, imported.ring]).toEqual(['D', 'R', ring])
    const unnamed = () => deviceOf(ring, 'doctor', { self: 'D', peer: '\u200b' }, systemRandom)
    expect(await codeOf(unnamed)).toBe('keyring/bad-name')
  })

  it('has no ring before it is paired', async () => {
    const device = newDevice('patient', 'R', systemRandom)
    expect(await codeOf(() => ringNow(device, worldAt()))).toBe('ring/not-paired')
  })
})

describe('the ring of a device', () => {
  it('follows a clock that moves by a month, and another one only when a person says so', async () => {
    const { doctor } = pairDevices()
    expect(ringNow(doctor, worldAt(startMs + 20 * dayMs)).epoch).toBe(ringOf(doctor).epoch + 1)
    const later = worldAt(startMs + 90 * dayMs)
    expect(await codeOf(() => ringNow(doctor, later))).toBe('keyring/clock-jump')
    expect(ringNow(doctor, later, true).epoch).toBe(ringOf(doctor).epoch + 3)
  })
})

describe('a change of a device', () => {
  it('forgets when it ends a pairing, moves past a month, or drops one', () => {
    const { doctor, before } = pairDevices()
    const ring = ringOf(doctor)
    const sealed = { ...doctor, ring: takeSealingKey(ring, 1, startMs).ring }
    const rotated = { ...doctor, ring: rotateRing(ring, startMs) }
    const shredded = { ...doctor, ring: shred(rotated.ring, ring.epoch) }
    const blank = newDevice('doctor', 'D', systemRandom)
    const shown = [0, 1].map(() => done(showCode(blank, worldAt())).device)
    const [first = blank, second = blank] = shown
    const cases: readonly (readonly [Device, Device, boolean])[] = [
      [doctor, sealed, false],
      [doctor, rotated, true],
      [rotated, shredded, true],
      [before[0], doctor, true],
      [before[1], { ...before[1], pairing: null }, true],
      [first, second, true],
      [first, first, false],
      [blank, first, false],
      [doctor, { ...doctor, ring: null }, true],
    ]
    expect(cases.map(([one, other]) => forgets(one, other))).toEqual(cases.map(([, , answer]) => answer))
  })
})

import { decodeCbor, decodeHex, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  advanceRing,
  confirmClock,
  createRing,
  decodeRing,
  defaultBudget,
  encodeRing,
  epochOf,
  exportRing,
  hardenPassphrase,
  importRing,
  inspectExport,
  keyringError,
  keyStateOf,
  newPbkdf2,
  offerPairing,
  openRingAtRest,
  parseEpoch,
  parsePhc,
  readingKey,
  rotateRing,
  shred,
  takeSealingKey,
  vouchForEpoch,
} from '@chartseal/kdf-keyring'
import { codeOf, codesRaised, quickArgon2id } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { dayMs, pair, person, start } from './v2-people.js'

/** Those of pairing are raised in v2-pairing.test.ts. */
const ofPairing = keyringError.codes.filter(
  code => code.startsWith('keyring/pairing-') || code === 'keyring/bad-name',
)
const expectCode = codesRaised(keyringError, [...keyringError.codes.slice(1, 3), ...ofPairing])
const salt = 'AAAAAAAAAAAAAAAAAAAAAA'
const noArgon2 = async (): Promise<Uint8Array> => Promise.reject(new Error('no WebAssembly'))
const pbkdf2 = newPbkdf2(systemRandom)
const peerSender = { side: 'peer', device: 0 } as const

describe('the ring', () => {
  it('asks before it follows a jumping clock, and wipes nothing until then', async () => {
    const [ring] = pair()
    await expectCode('keyring/clock-jump', () => advanceRing(ring, start - dayMs))
    await expectCode('keyring/clock-jump', () => advanceRing(ring, start + 100 * dayMs))
    expect(encodeRing(confirmClock(ring, start + 100 * dayMs)).length).toBeGreaterThan(0)
    expect(confirmClock(ring, start - dayMs).epoch).toBe(ring.epoch)
    await expectCode('keyring/bad-clock', () => confirmClock(ring, start + 40_000 * dayMs))
    for (const nowMs of [Number.NaN, -1, Date.UTC(10_000, 0)]) {
      await expectCode('keyring/bad-clock', () => advanceRing(ring, nowMs))
      await expectCode('keyring/bad-clock', () => takeSealingKey(ring, 1, nowMs))
      await expectCode('keyring/bad-clock', () => offerPairing(person('doctor', 'D'), nowMs))
    }
    expect(advanceRing(ring, start - 1000).lastMs).toBe(start)
    expect(ring.chain.isWiped).toBe(false)
  })

  it.each([
    [-20 * 60_000, 'went backwards by 20 minutes'],
    [-30 * 3_600_000, 'went backwards by 30 hours'],
    [-50 * dayMs, 'went backwards by 50 days'],
    [-56 * 365.25 * dayMs, 'went backwards by 56 years'],
    [90 * dayMs, 'went forwards by 3 months'],
    [7900 * 365.25 * dayMs, 'went forwards by 7900 years'],
  ])('says how far a clock went, in words: %d ms is "%s"', (byMs, words) => {
    const [ring] = pair()
    expect(() => advanceRing(ring, start + byMs)).toThrow(words)
  })

  it('asks before a step that the other side could not follow, and once a year without word of them', async () => {
    const [ring, theirs] = pair()
    await expectCode('keyring/clock-jump', () => advanceRing(ring, start + 50 * dayMs))
    let alone = ring
    let answered = ring
    for (let month = 1; month <= 24; month++) {
      const nowMs = Date.UTC(2026, month, 15)
      answered = vouchForEpoch(advanceRing(answered, nowMs), { epoch: epochOf(nowMs), sender: peerSender })
      const step = (): unknown => (alone = advanceRing(alone, nowMs))
      if (month <= 12) step()
      else await expectCode('keyring/clock-jump', step)
    }
    expect(confirmClock(alone, Date.UTC(2027, 1, 15)).vouched).toBe(epochOf(Date.UTC(2027, 1, 15)))
    // Our own devices share our clock, and nobody vouches for more than the ring has reached.
    const own = { epoch: epochOf(start), sender: { side: 'own', device: 1 } } as const
    expect(vouchForEpoch(confirmClock(theirs, start + 150 * dayMs), own).vouched).toBe(
      epochOf(start + 150 * dayMs),
    )
    const late = { epoch: parseEpoch(ring.epoch + 1), sender: peerSender }
    expect(vouchForEpoch(ring, late).vouched).toBe(ring.epoch)
  })

  it('takes no first epoch, and seals nothing, more than one epoch ahead of the clock', async () => {
    const [ring] = pair()
    const ahead = confirmClock(ring, start + 100 * dayMs)
    await expectCode('keyring/ahead-of-clock', () => takeSealingKey(ahead, 1, start))
    await expectCode('keyring/ahead-of-clock', () => confirmClock(ahead, start))
    await expectCode('keyring/clock-jump', () => advanceRing(ahead, start))
    await expectCode('keyring/ahead-of-clock', () => pair(start, epochOf(start) + 2))
    expect(pair(start, epochOf(start) + 1)).toHaveLength(2)
  })

  it('counts the age of a key from the move into its epoch alone', async () => {
    const [ring] = pair()
    const early = rotateRing(ring, start)
    await expectCode('keyring/budget-spent', () => takeSealingKey(early, 1, start + 46 * dayMs))
    expect(takeSealingKey(early, 1, start + 44 * dayMs).sealing.counter).toBe(0n)
  })

  it('enforces each budget', async () => {
    const [ring] = pair()
    const take = (bytes: number, atMs = start, messages = 9): unknown =>
      takeSealingKey(ring, bytes, atMs, { ...defaultBudget, messages })
    await expectCode('keyring/budget-spent', () => take(2 ** 40))
    await expectCode('keyring/budget-spent', () => take(1, start + 60 * dayMs))
    await expectCode('keyring/budget-spent', () => take(1, start, 0))
    expect(() => take(-1)).toThrow(RangeError)
  })

  it('says of a missing key where it lies', async () => {
    const [mine, theirs] = pair()
    const where = (ring: typeof mine, kid: Uint8Array): unknown => {
      try {
        return readingKey(ring, kid).state
      } catch (error) {
        return error instanceof ChartsealError ? Object(error.context).where : error
      }
    }
    const { kid } = takeSealingKey(theirs, 1, start).sealing
    const late = advanceRing(advanceRing(mine, start + 20 * dayMs), start + 30 * dayMs)
    expect([keyStateOf(late, mine.epoch), where(late, kid)]).toEqual(['destroyed', 'before'])
    const ahead = takeSealingKey(confirmClock(theirs, start + 150 * dayMs), 1, start + 150 * dayMs).sealing
    expect(where(mine, ahead.kid)).toBe('after')
    const next = takeSealingKey(rotateRing(theirs, start), 1, start).sealing
    expect(where(mine, next.kid)).toBe('pending')
    await expectCode('keyring/no-such-key', () => readingKey(mine, new Uint8Array(8)))
    expect(() => readingKey(mine, new Uint8Array(7))).toThrow(RangeError)
    await expectCode('keyring/rotated', () => rotateRing(rotateRing(mine, start), start))
    await expectCode('keyring/not-ended', () => shred(mine, mine.epoch))
    expect(where(shred(rotateRing(mine, start), mine.epoch), kid)).toBe('before')
  })

  it('refuses bytes that are no ring', async () => {
    const [ring] = pair()
    const moved = advanceRing(advanceRing(ring, start + 20 * dayMs), start + 50 * dayMs)
    const state = decodeCbor(encodeRing(moved))
    const epochs = { e: moved.epoch, k: new Uint8Array(8) }
    const wrong = [
      { e: 2e9 },
      { chain: new Uint8Array(31) },
      { gone: [epochs] },
      { gone: [{ e: 1, k: new Uint8Array(7) }] },
      { kids: new Uint8Array(8) },
      { v: 4 },
      { v: 2 },
    ]
    const twice = {
      gone: [
        { ...epochs, e: 5 },
        { ...epochs, e: 4 },
      ],
    }
    for (const edit of [...wrong, twice]) {
      await expectCode('keyring/bad-state', () => decodeRing(encodeCbor({ ...Object(state), ...edit })))
    }
    expect(encodeRing(decodeRing(encodeRing(moved)))).toEqual(encodeRing(moved))
    await expectCode('keyring/bad-state', () => decodeRing(Uint8Array.of(0xff)))
  })

  it('needs two sides, an epoch and a device number', () => {
    const [ring] = pair()
    const one = decodeHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
    const root = new SecretBytes(new Uint8Array(32))
    const options = {
      root,
      ownVerifyingKey: one,
      peerVerifyingKey: one,
      firstEpoch: ring.epoch,
      nowMs: start,
    }
    expect(() => createRing(options)).toThrow(RangeError)
    expect(() => createRing({ ...options, peerVerifyingKey: new Uint8Array(32) })).toThrow(RangeError)
    expect(() => keyStateOf(ring, -1)).toThrow(RangeError)
  })
})

describe('passphrases and exports', () => {
  it.each([
    '',
    `$argon2id$v=19$m=1024,t=3,p=1$${salt}`,
    `$argon2id$v=19$m=1048576,t=16,p=1$${salt}`,
    `$argon2id$v=19$m=065536,t=3,p=1$${salt}`,
    `$argon2id$v=19$m=65536,t=1,p=1$${salt}`,
    `$argon2id$v=19$m=65536,t=3,p=5$${salt}`,
    `$argon2i$v=19$m=65536,t=3,p=1$${salt}`,
    `$pbkdf2-sha256$i=599999$${salt}`,
    `$pbkdf2-sha256$i=600000$${salt.slice(1)}B`,
    `$pbkdf2-sha256$i=600000$${salt}=`,
  ])('%j is refused', async text => expectCode('keyring/bad-phc', () => parsePhc(text)))

  it('falls back to PBKDF2 only for new exports, and gives a new device its own number', async () => {
    const [ring] = pair()
    const made = await exportRing(ring, 'ﬁve words', { argon2id: noArgon2 })
    expect(inspectExport(made.sealed).algorithm).toBe('pbkdf2-sha256')
    const copy = await importRing(made.sealed, 'five words')
    expect([copy.device, copy.sent.messages, made.ring.nextDevice]).toEqual([1, 0, 2])
    expect(encodeRing(await openRingAtRest(made.sealed, 'five words'))).toEqual(encodeRing(ring))
    await expectCode('keyring/device-taken', () => importRing(made.sealed, 'five words', { device: 0 }))
    await expect(importRing(made.sealed, 'five words', { device: 32 })).rejects.toThrow(RangeError)
    expect(await codeOf(() => importRing(made.sealed, 'four words'))).toBe('open/failed')
    const phc = `$argon2id$v=19$m=65536,t=3,p=1$${salt}`
    await expectCode('keyring/no-argon2', () => hardenPassphrase('x', parsePhc(phc), noArgon2))
    await expectCode('keyring/weak-parameters', () => exportRing(ring, '', { parameters: pbkdf2 }))
    await expectCode('keyring/bad-export', () => importRing(Uint8Array.of(1), 'x'))
    await expectCode('keyring/bad-export', () => importRing(new Uint8Array(2 ** 23 + 1), 'x'))
  })

  it('carries the role of who exports, and gives out no number twice', async () => {
    const [ring] = pair()
    const quick = { argon2id: quickArgon2id }
    const options = { ...quick, role: 'doctor' } as const
    const made = await exportRing({ ...ring, nextDevice: 31 }, 'words', options)
    await expectCode('keyring/other-role', () =>
      importRing(made.sealed, 'words', { ...quick, role: 'patient' }),
    )
    const last = await importRing(made.sealed, 'words', options)
    expect([last.device, last.nextDevice, made.ring.nextDevice]).toEqual([31, 32, 32])
    const full = await exportRing(made.ring, 'words', quick)
    await expectCode('keyring/no-device-left', () =>
      importRing(full.sealed, 'words', { ...quick, role: 'patient' }),
    )
  })

  it('seals with Argon2id unless told otherwise', async () => {
    const [ring] = pair()
    const { sealed } = await exportRing(ring, 'words')
    expect(inspectExport(sealed)).toMatchObject({
      algorithm: 'argon2id',
      memoryKiB: 65_536,
      passes: 3,
      lanes: 1,
    })
    expect((await importRing(sealed, 'words', { device: 5 })).device).toBe(5)
  })
})

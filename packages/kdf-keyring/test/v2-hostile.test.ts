import { decodeCbor, decodeHex, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  acceptPairing,
  advance,
  confirmClock,
  confirmPairing,
  createRing,
  decodeRing,
  defaultBudget,
  encodeRing,
  exportRing,
  formatPairingUri,
  hardenPassphrase,
  importRing,
  inspectExport,
  keyringError,
  newPbkdf2,
  offerPairing,
  openRingAtRest,
  parsePhc,
  readingKey,
  receiveAnswer,
  receiveReveal,
  refusePairing,
  rotate,
  shred,
  stateOf,
  takeSealingKey,
  voidOffer,
} from '@chartseal/kdf-keyring'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { dayMs, pair, person, start } from './v2-people.js'

const expectCode = codesRaised(keyringError, keyringError.codes.slice(1, 3))
const salt = 'AAAAAAAAAAAAAAAAAAAAAA'
const noArgon2 = async (): Promise<Uint8Array> => Promise.reject(new Error('no WebAssembly'))
const pbkdf2 = newPbkdf2(systemRandom)

describe('the ring', () => {
  it('asks before it follows a jumping clock, and wipes nothing until then', async () => {
    const [ring] = pair()
    await expectCode('keyring/clock-jump', () => advance(ring, start - dayMs))
    await expectCode('keyring/clock-jump', () => advance(ring, start + 100 * dayMs))
    expect(encodeRing(confirmClock(ring, start + 100 * dayMs)).length).toBeGreaterThan(0)
    expect(confirmClock(ring, start - dayMs).epoch).toBe(ring.epoch)
    expect(() => confirmClock(ring, start + 40_000 * dayMs)).toThrow(RangeError)
    expect(advance(ring, start - 1000).lastMs).toBe(start)
    expect(ring.chain.isWiped).toBe(false)
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
        return error instanceof Error && 'context' in error ? error.context : error
      }
    }
    const { kid } = takeSealingKey(theirs, 1, start).sealing
    const late = advance(advance(mine, start + 20 * dayMs), start + 30 * dayMs)
    expect([stateOf(late, mine.epoch), where(late, kid)]).toEqual(['destroyed', { where: 'before' }])
    const ahead = takeSealingKey(confirmClock(theirs, start + 150 * dayMs), 1, start).sealing
    expect(where(mine, ahead.kid)).toEqual({ where: 'after' })
    const next = takeSealingKey(rotate(theirs, start), 1, start).sealing
    expect(where(mine, next.kid)).toBe('pending')
    await expectCode('keyring/no-such-key', () => readingKey(mine, new Uint8Array(8)))
    expect(() => readingKey(mine, new Uint8Array(7))).toThrow(RangeError)
    expect(() => rotate(rotate(mine, start), start)).toThrow(RangeError)
    expect(() => shred(mine, mine.epoch)).toThrow(RangeError)
    expect(where(shred(rotate(mine, start), mine.epoch), kid)).toEqual({ where: 'before' })
  })

  it('refuses bytes that are no ring', async () => {
    const [ring] = pair()
    const moved = advance(advance(ring, start + 20 * dayMs), start + 50 * dayMs)
    const state = decodeCbor(encodeRing(moved))
    const epochs = { e: moved.epoch, k: new Uint8Array(8) }
    const wrong = [
      { e: 2e9 },
      { chain: new Uint8Array(31) },
      { gone: [epochs] },
      { gone: [{ e: 1, k: new Uint8Array(7) }] },
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
    expect(() => stateOf(ring, -1)).toThrow(RangeError)
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
    await expect(importRing(made.sealed, 'five words', { device: 0 })).rejects.toThrow(RangeError)
    expect(await codeOf(() => importRing(made.sealed, 'four words'))).toBe('open/failed')
    const phc = `$argon2id$v=19$m=65536,t=3,p=1$${salt}`
    await expectCode('keyring/no-argon2', () => hardenPassphrase('x', parsePhc(phc), noArgon2))
    await expectCode('keyring/weak-parameters', () => exportRing(ring, '', { parameters: pbkdf2 }))
    await expectCode('keyring/bad-export', () => importRing(Uint8Array.of(1), 'x'))
    await expectCode('keyring/bad-export', () => importRing(new Uint8Array(2 ** 23 + 1), 'x'))
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

describe('pairing', () => {
  const [doctor, patient, thief] = [
    person('doctor', 'Dr. Ona'),
    person('patient', 'Ravi'),
    person('patient', 'T'),
  ]

  it('gives both sides the same digits and keys', () => {
    const offer = offerPairing(doctor, start)
    const acceptance = acceptPairing(offer.uri, patient, start)
    const answered = receiveAnswer(offer, acceptance.answer, doctor, start)
    if ('voided' in answered) throw new Error('void')
    const theirs = receiveReveal(acceptance, answered.reveal, patient)
    expect(theirs.shortCode).toBe(answered.toConfirm.shortCode)
    expect(theirs.shortCode).toMatch(/^\d{8}$/)
    const [a, b] = [confirmPairing(answered.toConfirm), confirmPairing(theirs)]
    expect(encodeHex(a.root.reveal())).toBe(encodeHex(b.root.reveal()))
    expect(encodeHex(a.sessionKey.reveal())).toBe(encodeHex(b.sessionKey.reveal()))
    expect(encodeHex(a.root.reveal())).not.toBe(encodeHex(a.sessionKey.reveal()))
    expect([a.peer.name, b.peer.name, acceptance.pairingSecret.isWiped]).toEqual(['Ravi', 'Dr. Ona', true])
    refusePairing(theirs)
    expect(theirs.root.isWiped).toBe(true)
  })

  it('takes one answer, in time, from someone who saw the QR', async () => {
    const offer = offerPairing(doctor, start)
    const first = acceptPairing(offer.uri, patient, start).answer
    const second = acceptPairing(offer.uri, thief, start).answer
    const late = start + dayMs
    await expectCode('keyring/pairing-expired', () => acceptPairing(offer.uri, patient, late))
    await expectCode('keyring/pairing-expired', () => receiveAnswer(offer, first, doctor, late))
    const other = offerPairing(doctor, start)
    await expectCode('keyring/pairing-mismatch', () => receiveAnswer(other, first, doctor, start))
    const forged = first.slice()
    const at = encodeHex(forged).indexOf(encodeHex(new TextEncoder().encode('Ravi'))) / 2
    forged[at] = 0x53
    expect(await codeOf(() => receiveAnswer(offer, forged, doctor, start))).toBe('open/failed')
    const answered = receiveAnswer(offer, first, doctor, start)
    if ('voided' in answered) throw new Error('void')
    expect(receiveAnswer(answered.offer, first, doctor, start)).not.toHaveProperty('voided')
    const voided = receiveAnswer(answered.offer, second, doctor, start)
    expect(voided).toHaveProperty('voided.stage', 'void')
    await expectCode('keyring/pairing-void', () => receiveAnswer(voidOffer(other), first, doctor, start))
  })

  it('refuses other nonces, its own key, names and bytes that are none', async () => {
    const offer = offerPairing(doctor, start)
    const acceptance = acceptPairing(offer.uri, patient, start)
    await expectCode('keyring/pairing-mismatch', () => receiveReveal(acceptance, new Uint8Array(32), patient))
    await expectCode('keyring/pairing-invalid', () => acceptPairing(offer.uri, doctor, start))
    await expectCode('keyring/pairing-invalid', () => acceptPairing('chartseal-pai:', patient, start))
    await expectCode('keyring/pairing-invalid', () => acceptPairing(`${offer.uri}=`, patient, start))
    for (const name of ['', ' x', 'x'.repeat(65), 'a\u202eb', 'e\u0301']) {
      await expectCode('keyring/pairing-invalid', () => offerPairing({ ...doctor, name }, start))
    }
    const payload = Object(decodeCbor(offer.payload))
    for (const edit of [{ v: 1 }, { r: 'nurse' }, { sk: new Uint8Array(32) }, { x: new Uint8Array(2000) }]) {
      const uri = formatPairingUri(encodeCbor({ ...payload, ...edit }))
      await expectCode('keyring/pairing-invalid', () => acceptPairing(uri, patient, start))
    }
  })
})

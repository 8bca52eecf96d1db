import { inspect } from 'node:util'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeCbor, decodeHex, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  acceptPairing,
  advanceRing,
  confirmClock,
  confirmPairing,
  createRing,
  decodeRing,
  defaultBudget,
  encodeRing,
  epochOf,
  exportRing,
  formatPairingUri,
  hardenPassphrase,
  importRing,
  inspectExport,
  keyringError,
  keyStateOf,
  newPbkdf2,
  offerPairing,
  openRingAtRest,
  parseEpoch,
  parsePersonName,
  parsePhc,
  readingKey,
  receiveAnswer,
  receiveReveal,
  restoreAcceptance,
  restoreOffer,
  rotateRing,
  shred,
  takeSealingKey,
  vouchForEpoch,
  wipeOffer,
  wipePairing,
} from '@chartseal/kdf-keyring'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, it } from 'vitest'
import { dayMs, pair, person, start } from './v2-people.js'

const expectCode = codesRaised(keyringError, keyringError.codes.slice(1, 3))
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
    const options = { parameters: pbkdf2, role: 'doctor' } as const
    const made = await exportRing({ ...ring, nextDevice: 31 }, 'words', options)
    await expectCode('keyring/other-role', () => importRing(made.sealed, 'words', { role: 'patient' }))
    const last = await importRing(made.sealed, 'words', { role: 'doctor' })
    expect([last.device, last.nextDevice, made.ring.nextDevice]).toEqual([31, 32, 32])
    const full = await exportRing(made.ring, 'words', { parameters: pbkdf2 })
    await expectCode('keyring/no-device-left', () => importRing(full.sealed, 'words', { role: 'patient' }))
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

  it('gives both sides the same digits and keys, and leaves no secret of either message', () => {
    const offer = offerPairing(doctor, start)
    const acceptance = acceptPairing(offer.uri, patient, start)
    const answered = receiveAnswer(offer, acceptance.answer, doctor, start)
    const theirs = receiveReveal(acceptance, answered.reveal, patient)
    expect(theirs.shortCode).toBe(answered.toConfirm.shortCode)
    expect(theirs.shortCode).toMatch(/^\d{8}$/)
    const [a, b] = [confirmPairing(answered.toConfirm), confirmPairing(theirs)]
    expect(encodeHex(a.root.reveal())).toBe(encodeHex(b.root.reveal()))
    expect(encodeHex(a.sessionKey.reveal())).toBe(encodeHex(b.sessionKey.reveal()))
    expect(encodeHex(a.root.reveal())).not.toBe(encodeHex(a.sessionKey.reveal()))
    expect([a.peer.name, b.peer.name]).toEqual(['Ravi', 'Dr. Ona'])
    wipePairing(theirs)
    wipeOffer(answered.offer)
    const secrets = [
      theirs.root,
      acceptance.payload,
      acceptance.ephemeral,
      offer.pairingSecret,
      offer.ephemeral,
    ]
    expect(secrets.map(secret => secret.isWiped)).toEqual([true, true, true, true, true])
  })

  it('makes fresh keys for each code and each answer', () => {
    const offers = [offerPairing(doctor, start), offerPairing(doctor, start)]
    const keyIn = (bytes: Uint8Array): string => encodeHex(Object(decodeCbor(bytes)).ek)
    expect(new Set(offers.map(offer => keyIn(offer.payload.reveal()))).size).toBe(2)
    const answers = offers.map(offer => acceptPairing(offer.uri, patient, start).answer)
    expect(new Set(answers.map(keyIn)).size).toBe(2)
  })

  it('shows no secret when it is printed, and no code once it was answered', () => {
    const offer = offerPairing(doctor, start)
    const { uri } = offer
    const acceptance = acceptPairing(uri, patient, start)
    const answered = receiveAnswer(offer, acceptance.answer, doctor, start)
    const secrets = [offer.pairingSecret, offer.nonce, offer.ephemeral, offer.payload].map(one =>
      one.reveal(),
    )
    const shown = [offer, acceptance, answered.offer, answered.toConfirm]
    const printed = shown.flatMap(one => [
      inspect(one, { depth: 9, maxArrayLength: null }),
      JSON.stringify(one),
    ])
    for (const text of printed) {
      expect(text).not.toContain('chartseal-pair:')
      for (const secret of secrets) expect(text).not.toContain([...secret.slice(0, 8)].join(', '))
      for (const secret of secrets) expect(text).not.toContain([...secret.slice(0, 8)].join(','))
    }
    expect([answered.offer.uri, wipeOffer(answered.offer).uri]).toEqual(['', ''])
  })

  it('goes on from what an app has stored between two steps', () => {
    const offer = offerPairing(doctor, start)
    const stored = {
      payload: bytesOf(offer.payload),
      nonce: bytesOf(offer.nonce),
      ephemeral: bytesOf(offer.ephemeral),
    }
    const acceptance = acceptPairing(offer.uri, patient, start)
    const kept = {
      payload: bytesOf(acceptance.payload),
      answer: acceptance.answer,
      ephemeral: bytesOf(acceptance.ephemeral),
    }
    const fresh = restoreOffer({ ...stored, answer: null })
    expect([fresh.stage, fresh.uri]).toEqual(['waiting', offer.uri])
    const answered = receiveAnswer(fresh, acceptance.answer, doctor, start)
    const again = restoreOffer({ ...stored, answer: acceptance.answer })
    expect(receiveAnswer(again, acceptance.answer, doctor, start).reveal).toEqual(answered.reveal)
    const theirs = receiveReveal(restoreAcceptance(kept), answered.reveal, patient)
    expect(theirs.shortCode).toBe(answered.toConfirm.shortCode)
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
    expect(receiveAnswer(answered.offer, first, doctor, start).reveal).toEqual(answered.reveal)
    await expectCode('keyring/pairing-void', () => receiveAnswer(answered.offer, second, doctor, start))
    expect(answered.offer.ephemeral.isWiped).toBe(true)
    await expectCode('keyring/pairing-void', () => receiveAnswer(answered.offer, first, doctor, start))
    await expectCode('keyring/pairing-void', () => receiveAnswer(wipeOffer(other), first, doctor, start))
  })

  it('wants proof of both signing keys', async () => {
    const offer = offerPairing(doctor, start)
    // Mallory saw the code, and answers with the public key of Carol.
    const carol = person('patient', 'Carol')
    const mallory = { ...person('patient', 'Carol'), name: 'Carol' }
    const honest = acceptPairing(offer.uri, mallory, start)
    const fields = Object(decodeCbor(honest.answer))
    const stolen = { ...fields, sk: verifyingKeyOf(carol.signingKey) }
    const { mac: _, ...unsealed } = stolen
    const ps = offer.pairingSecret.reveal()
    const macKey = hkdf(sha256, ps, undefined, new TextEncoder().encode('chartseal/pair-mac/v3'), 32)
    const mac = hmac(sha256, macKey, encodeCbor(unsealed))
    const forged = encodeCbor({ ...stolen, mac })
    await expectCode('keyring/pairing-mismatch', () => receiveAnswer(offer, forged, doctor, start))
    const { reveal } = receiveAnswer(offer, honest.answer, doctor, start)
    const unsigned = reveal.map((byte, i) => (i === 95 ? byte ^ 1 : byte))
    await expectCode('keyring/pairing-mismatch', () => receiveReveal(honest, unsigned, mallory))
    await expectCode('keyring/pairing-mismatch', () => receiveReveal(honest, reveal.slice(0, 32), mallory))
    expect(receiveReveal(honest, reveal, mallory).peer.name).toBe('Dr. Ona')
  })

  it('pairs a doctor with a patient only', async () => {
    const offer = offerPairing(doctor, start)
    await expectCode('keyring/pairing-invalid', () => acceptPairing(offer.uri, person('doctor', 'B'), start))
  })

  it('refuses a code whose clock is another month, or is hours ahead, until a person confirms', async () => {
    const at = (nowMs: number, lifeMs = 600_000): string =>
      offerPairing(doctor, nowMs, systemRandom, nowMs + lifeMs).uri
    const accept = (uri: string, clockConfirmed = false): unknown =>
      acceptPairing(uri, patient, start, { clockConfirmed })
    await expectCode('keyring/clock-jump', () => accept(at(Date.UTC(2046, 0, 15))))
    await expectCode('keyring/ahead-of-clock', () => accept(at(Date.UTC(2046, 0, 15)), true))
    await expectCode('keyring/clock-jump', () => accept(at(start + 2 * 3_600_000)))
    expect(accept(at(start + 2 * 3_600_000), true)).toHaveProperty('stage', 'waiting')
    const old = at(Date.UTC(2025, 9, 15), 400 * dayMs)
    await expectCode('keyring/clock-jump', () => accept(old))
    expect(accept(old, true)).toHaveProperty('stage', 'waiting')
    expect(accept(at(start + 3_000_000))).toHaveProperty('stage', 'waiting')
  })

  it('refuses messages of another version by name', async () => {
    const offer = offerPairing(doctor, start)
    const { ek, ...payload } = Object(decodeCbor(offer.payload.reveal()))
    const older = formatPairingUri(encodeCbor({ ...payload, v: 2, ak: ek }))
    await expectCode('keyring/pairing-version', () => acceptPairing(older, patient, start))
    const { ek: key, sig: _, ...answer } = Object(decodeCbor(acceptPairing(offer.uri, patient, start).answer))
    const olderAnswer = encodeCbor({ ...answer, v: 2, ak: key })
    await expectCode('keyring/pairing-version', () => receiveAnswer(offer, olderAnswer, doctor, start))
  })

  it('refuses other nonces, its own key, invalid names and malformed bytes', async () => {
    const offer = offerPairing(doctor, start)
    const acceptance = acceptPairing(offer.uri, patient, start)
    await expectCode('keyring/pairing-mismatch', () => receiveReveal(acceptance, new Uint8Array(96), patient))
    await expectCode('keyring/pairing-invalid', () =>
      acceptPairing(offer.uri, { ...doctor, role: 'patient' }, start),
    )
    await expectCode('keyring/pairing-invalid', () => acceptPairing('chartseal-pai:', patient, start))
    await expectCode('keyring/pairing-invalid', () => acceptPairing(`${offer.uri}=`, patient, start))
    for (const name of ['', ' x', 'x'.repeat(65), 'a\u202eb', 'e\u0301']) {
      await expectCode('keyring/pairing-invalid', () => offerPairing({ ...doctor, name }, start))
    }
    const payload = Object(decodeCbor(offer.payload.reveal()))
    for (const edit of [
      { r: 'nurse' },
      { sk: new Uint8Array(32) },
      { x: new Uint8Array(2000) },
      { e0: -1 },
    ]) {
      const uri = formatPairingUri(encodeCbor({ ...payload, ...edit }))
      await expectCode('keyring/pairing-invalid', () => acceptPairing(uri, patient, start))
    }
    await expectCode('keyring/pairing-invalid', () =>
      acceptPairing(formatPairingUri(Uint8Array.of(1)), patient, start),
    )
  })

  it('reads the names of people in one form, or refuses them', async () => {
    expect([' Rosa ', 'Jose\u0301', 'Dr. Şahin', '李'].map(parsePersonName)).toEqual([
      'Rosa',
      'Jos\u00e9',
      'Dr. Şahin',
      '李',
    ])
    for (const name of ['', '   ', 'x'.repeat(65), 'Ana \u{1f469}\u200d\u2695\ufe0f', 'a\ud800']) {
      await expectCode('keyring/bad-name', () => parsePersonName(name))
    }
  })
})

function bytesOf(secret: SecretBytes): Uint8Array {
  return Uint8Array.from(secret.reveal())
}

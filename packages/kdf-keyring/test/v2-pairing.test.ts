import { inspect } from 'node:util'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeCbor, encodeCbor, encodeHex } from '@chartseal/core/encoding'
import type { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import {
  acceptPairing,
  confirmPairing,
  formatPairingUri,
  keyringError,
  offerPairing,
  parsePersonName,
  receiveAnswer,
  receiveReveal,
  restoreAcceptance,
  restoreOffer,
  wipeOffer,
  wipePairing,
} from '@chartseal/kdf-keyring'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, it } from 'vitest'
import { dayMs, person, start } from './v2-people.js'

/** Of the codes of this package, those of pairing are raised here. */
const others = keyringError.codes.filter(
  code => !code.startsWith('keyring/pairing-') && code !== 'keyring/bad-name',
)
const expectCode = codesRaised(keyringError, others)

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

  it('pairs two clinicians, and refuses two patients on either side', async () => {
    const nurse = { ...patient, role: 'doctor' } as const
    const shown = offerPairing(doctor, start)
    const { answer } = acceptPairing(shown.uri, nurse, start)
    expect(receiveAnswer(shown, answer, doctor, start).toConfirm.peer.role).toBe('doctor')
    const other = { ...doctor, role: 'patient' } as const
    const offer = offerPairing(other, start)
    await expectCode('keyring/pairing-invalid', () => acceptPairing(offer.uri, patient, start))
    // Whoever claims to be a clinician while they answer is known by what they said, and no patient takes a patient.
    const claimed = acceptPairing(offer.uri, nurse, start)
    expect(receiveAnswer(offer, claimed.answer, other, start).toConfirm.peer.role).toBe('doctor')
    const between = offerPairing(doctor, start)
    const fromPatient = acceptPairing(between.uri, patient, start)
    await expectCode('keyring/pairing-mismatch', () => receiveAnswer(offer, fromPatient.answer, other, start))
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

/** Part of a step: doctor and patient pair at the first visit, and so have one ring each. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import {
  type Acceptance,
  acceptPairing,
  advanceRing,
  confirmPairing,
  createRing,
  offerPairing,
  type PairingSelf,
  type PairingToConfirm,
  type Ring,
  type Role,
  receiveAnswer,
  receiveReveal,
  wipeOffer,
  wipePairing,
} from '@chartseal/kdf-keyring'
import type { Stage } from '../story.js'
import { shownName } from '../words.js'
import type { World } from '../world.js'

const minuteMs = 60_000
const dayMs = 1440 * minuteMs

export interface Pair {
  readonly doctor: PairingSelf
  readonly patient: PairingSelf
  readonly doctorRing: Ring
  readonly patientRing: Ring
}

export function pairUp(stage: Stage, { io }: World, doctorName: string, patientName: string): Pair {
  const [doctor, patient] = [person(io, 'doctor', doctorName), person(io, 'patient', patientName)]
  const { codes, rings } = meet(io, doctor, patient)
  const [shown, seen] = codes
  stage.note(
    `The doctor's screen shows a code, the patient's phone reads it: both show ${shown.slice(0, 4)} ${shown.slice(4)}`,
  )
  stage.check('doctor and patient see the same eight digits', shown === seen)
  return { doctor, patient, doctorRing: rings[0], patientRing: rings[1] }
}

/** What two people have after one showed a code and the other read it: the digits that each sees, and a ring. */
export function meet(
  { clock, random }: World['io'],
  shows: PairingSelf,
  reads: PairingSelf,
): { readonly codes: readonly [string, string]; readonly rings: readonly [Ring, Ring] } {
  const nowMs = clock.nowMs()
  const offer = offerPairing(shows, nowMs, random)
  const acceptance = acceptPairing(offer.uri, reads, nowMs, { random })
  const { reveal, toConfirm } = receiveAnswer(offer, acceptance.answer, shows, nowMs)
  const atReader = receiveReveal(acceptance, reveal, reads)
  wipeOffer(offer)
  return {
    codes: [toConfirm.shortCode, atReader.shortCode],
    rings: [ringOf(toConfirm, shows, nowMs), ringOf(atReader, reads, nowMs)],
  }
}

export function person({ random }: World['io'], role: Role, name: string): PairingSelf {
  return { role, name: shownName(name), signingKey: SigningKey.generate(random) }
}

function ringOf(state: PairingToConfirm, self: PairingSelf, nowMs: number): Ring {
  const { peer, firstEpoch, root, sessionKey } = confirmPairing(state)
  wipePairing(state)
  try {
    const keys = {
      ownVerifyingKey: verifyingKeyOf(self.signingKey),
      peerVerifyingKey: peer.verifyingKey,
    }
    return createRing({ root, ...keys, firstEpoch, nowMs })
  } finally {
    root.wipe()
    sessionKey.wipe()
  }
}

export async function attackPairing(stage: Stage, { io }: World, pair: Pair): Promise<void> {
  const { doctor, patient } = pair
  const nowMs = io.clock.nowMs()
  const offer = offerPairing(doctor, nowMs, io.random)
  const accept = (): Acceptance => acceptPairing(offer.uri, patient, nowMs, { random: io.random })
  await stage.attack('an answer by someone who did not see the code', 'open/failed', () => {
    // The signature is last in it, and the code covers it.
    const answer = accept().answer.map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte))
    return receiveAnswer(offer, answer, doctor, nowMs)
  })
  await stage.attack('another nonce than the code had promised', 'keyring/pairing-mismatch', () =>
    receiveReveal(accept(), io.random.bytes(96), patient),
  )
  await stage.attack('a photograph of the code, eleven minutes later', 'keyring/pairing-expired', () =>
    acceptPairing(offer.uri, patient, nowMs + 11 * minuteMs),
  )
  await stage.attack('a second answer to the same code', 'keyring/pairing-void', () => {
    const first = receiveAnswer(offer, accept().answer, doctor, nowMs)
    return receiveAnswer(first.offer, accept().answer, doctor, nowMs)
  })
  await stage.attack('a clock that is set a hundred days ahead', 'keyring/clock-jump', () =>
    advanceRing(pair.patientRing, nowMs + 100 * dayMs),
  )
}

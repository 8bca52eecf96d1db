/** Attacks on the clinic's server: by a stranger with the cable, a thief of a link, and a doctor who is too curious. */
import { SigningKey } from '@chartseal/core/ed25519'
import { ClinicDevice, deliver, unsigned, type WireRequest } from '../clinic/device.js'
import type { Visit } from '../clinic/visit.js'
import { flipped } from '../words.js'

const minuteMs = 60_000

function strangerOf({ world, server, clock }: Visit): ClinicDevice {
  const { random } = world.io
  return new ClinicDevice(SigningKey.generate(random), server, { clock, random })
}

export async function attackEnrolment(visit: Visit): Promise<void> {
  const { stage, world, server } = visit
  const { invitations } = server
  const stranger = strangerOf(visit)
  const used = await deliver(server, await stranger.enrolment(invitations.patient))
  stage.answer("the patient's link once more, by a stranger", 'invitation/unknown', used.code)
  const victim = SigningKey.generate(world.io.random)
  const borrowed = await deliver(server, await stranger.enrolment(invitations.doctor, victim))
  stage.answer('a key that the stranger does not have the secret of', 'request/invalid', borrowed.code)
}

/** @param deposit as it crossed the wire */
export async function attackMailbox(visit: Visit, deposit: WireRequest): Promise<void> {
  const { stage, server, doctor, box } = visit
  const attempts: readonly [string, string, () => Promise<WireRequest> | WireRequest][] = [
    ['the recorded request, sent again', 'signature/replayed', () => deposit],
    ['its body changed on the way', 'signature/digest', () => ({ ...deposit, body: flipped(deposit.body) })],
    [
      'turned into another request, under the same signature',
      'signature/wrong',
      () => ({ ...deposit, path: deposit.path.replace(/.{22}$/, box) }),
    ],
    ['kept for two minutes, then sent', 'signature/stale', () => keptBack(visit, deposit)],
    [
      'other bytes under the id of the message',
      'mailbox/conflict',
      () => doctor.signed('PUT', deposit.path, flipped(deposit.body)),
    ],
    ['somebody lists the mailbox', 'signature/missing', () => unsigned('GET', `/v1/mailboxes/${box}`)],
    [
      'a stranger lists it, and signs',
      'signature/unknown-key',
      () => strangerOf(visit).signed('GET', `/v1/mailboxes/${box}`),
    ],
    ['the doctor lists it', 'signature/not-allowed', () => doctor.signed('GET', `/v1/mailboxes/${box}`)],
    [
      'the doctor acknowledges the message for the patient',
      'signature/not-allowed',
      () => doctor.signed('DELETE', deposit.path),
    ],
  ]
  for (const [what, code, attempt] of attempts)
    stage.answer(what, code, (await deliver(server, await attempt())).code)
}

/** Signed at its time, and new to the server. */
function keptBack({ doctor, clock }: Visit, { path, body }: WireRequest): Promise<WireRequest> {
  const earlier = { ...clock, nowMs: () => clock.nowMs() - 2 * minuteMs }
  return doctor.withClock(earlier).signed('PUT', path, body)
}

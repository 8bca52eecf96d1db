import {
  type Accepted,
  acceptInvitation,
  answerOf,
  type ConferenceBook,
  type ConferenceSeat,
  createConference,
  decodeBook,
  decodeSeat,
  encodeBook,
  encodeSeat,
  enrolledOf,
  enrolmentError,
  enrolPatient,
  formatAnswer,
  formatInvitation,
  type Invited,
  parseInvitation,
  sealInvitation,
  takeSeat,
  wipeBook,
  wipeSeat,
} from '@chartseal/clinic/conference'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeCbor, decodeUtf8, encodeBase64Url, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { codeOf, codesRaised } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { acknowledge, type Device, openOnce, sealNext } from '../dist/index.js'
import { clockAt, dayMs, done, pairDevices, startMs, worldAt } from './people.js'

const world = worldAt()
const expectCode = codesRaised(enrolmentError, [
  'enrolment/in-use',
  'enrolment/sealed',
  'enrolment/wrong-passphrase',
])
const thread = { names: { patientId: 'PAT-12345', thread: 'ward 3' } }
const untilMs = startMs + dayMs
const book = (title = 'Morning round'): ConferenceBook =>
  createConference({ title, suite: '25519', untilMs }, systemRandom)

interface Stage {
  readonly doctor: Device
  readonly patient: Device
  readonly invited: Invited
}

function invitedPair(conference: ConferenceBook = book()): Stage {
  const { doctor, patient } = pairDevices()
  const sealed = done(sealInvitation(conference, doctor, thread, world))
  return { doctor: sealed.device, patient, invited: sealed.result }
}

function accepted({ patient, invited }: Stage, known?: ConferenceSeat): { result: Accepted; device: Device } {
  return done(acceptInvitation(patient, invited.message, thread, world, known))
}

describe('an invitation to a conference', () => {
  it('pins both keys and one secret on both sides, through one message each way', () => {
    const stage = invitedPair()
    const { seat, message } = accepted(stage).result
    const enrolled = done(enrolPatient(stage.invited.book, stage.doctor, message, thread, world)).result
    const [patient] = enrolledOf(enrolled.book)
    expect(enrolledOf(stage.invited.book)).toEqual([])
    expect(patient).toMatchObject({ name: 'Rosa', staticKey: seat.staticKey.publicKey })
    expect(patient?.psk.reveal()).toEqual(seat.psk.reveal())
    expect(seat).toMatchObject({
      doctorName: 'Dr. Okafor',
      doctorStatic: enrolled.book.staticKey.publicKey,
      doctorSigning: verifyingKeyOf(enrolled.book.signingKey),
    })
    expect(seat).toMatchObject({ id: enrolled.book.id, title: 'Morning round', suite: '25519', untilMs })
  })

  it('says the same when it is sealed again before the answer, with the same secret', () => {
    const stage = invitedPair()
    const again = done(sealInvitation(stage.invited.book, stage.doctor, thread, world)).result
    expect(again.patient.psk.reveal()).toEqual(stage.invited.patient.psk.reveal())
  })

  it('keeps the key of a seat that exists, so that a lost answer is given again', () => {
    const stage = invitedPair()
    const first = accepted(stage)
    const again = done(
      acceptInvitation(first.device, stage.invited.message, thread, world, first.result.seat),
    ).result
    expect(again.invitation.before).toBe('unwritten')
    expect(again.seat).toBe(first.result.seat)
    const one = done(enrolPatient(stage.invited.book, stage.doctor, first.result.message, thread, world))
    const two = done(enrolPatient(one.result.book, one.device, again.message, thread, world))
    expect(enrolledOf(two.result.book)).toEqual(enrolledOf(one.result.book))
  })

  it('is opened once: acknowledged, it is refused like every message', async () => {
    const stage = invitedPair()
    const first = accepted(stage)
    const after = done(acknowledge(first.device, first.result.invitation)).device
    expect(await codeOf(() => acceptInvitation(after, stage.invited.message, thread, world))).toBe(
      'thread/replayed',
    )
    const answered = done(enrolPatient(stage.invited.book, stage.doctor, first.result.message, thread, world))
    const doctor = done(acknowledge(answered.device, answered.result.answer)).device
    expect(
      await codeOf(() => enrolPatient(answered.result.book, doctor, first.result.message, thread, world)),
    ).toBe('thread/replayed')
  })

  it('invites another device of a patient who answered, with a new secret', () => {
    const stage = invitedPair()
    const answered = done(
      enrolPatient(stage.invited.book, stage.doctor, accepted(stage).result.message, thread, world),
    )
    const again = done(
      sealInvitation(answered.result.book, answered.device, { ...thread, again: true }, world),
    ).result
    expect(enrolledOf(again.book)).toEqual([])
    expect(again.patient.psk.reveal()).not.toEqual(stage.invited.patient.psk.reveal())
    const seat = accepted({ ...stage, invited: again }, accepted(stage).result.seat).result.seat
    expect(seat.psk.reveal()).toEqual(again.patient.psk.reveal())
  })

  it('tells two patients of one name apart', () => {
    const first = invitedPair()
    const second = invitedPair(first.invited.book)
    expect([...second.invited.book.patients.values()].map(({ name }) => name)).toEqual(['Rosa', 'Rosa (2)'])
  })
})

describe('what is stored of a conference', () => {
  it('comes back as it was: book and seat', () => {
    const stage = invitedPair()
    const { seat, message } = accepted(stage).result
    const { book: whole } = done(
      enrolPatient(stage.invited.book, stage.doctor, message, thread, world),
    ).result
    for (const one of [stage.invited.book, whole]) {
      expect(encodeBook(decodeBook(encodeBook(one)))).toEqual(encodeBook(one))
    }
    const back = decodeSeat(encodeSeat(seat))
    expect(encodeSeat(back)).toEqual(encodeSeat(seat))
    expect(answerOf(back)).toEqual(answerOf(seat))
  })

  it('wipes the bytes that it is read from, and every secret at the end', () => {
    const { invited } = invitedPair()
    const bytes = encodeBook(invited.book)
    decodeBook(bytes)
    expect(bytes.every(byte => byte === 0)).toBe(true)
    const { seat } = accepted(invitedPair()).result
    wipeBook(invited.book)
    wipeSeat(seat)
    const secrets = [invited.book.signingKey, invited.patient.psk, seat.psk, seat.staticKey.privateKey]
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true)
  })

  it('is refused where one of its fields is of another kind', async () => {
    const stored = (): object => Object(decodeCbor(encodeBook(invitedPair().invited.book)))
    const short = new Uint8Array(3)
    const patient = (pair: string, name: string): Record<string, string | Uint8Array> => ({
      ...{ pair, name, psk: new Uint8Array(32), static: new Uint8Array() },
    })
    for (const other of [
      { kind: 'seat' },
      { suite: 'other' },
      { static: short },
      { signing: short },
      { patients: [{ pair: 'a', name: 'b', psk: new Uint8Array(32), static: short }] },
      { patients: [{ pair: 'a', name: 'b', psk: short, static: new Uint8Array() }] },
      { patients: [patient('a', 'Rosa'), patient('a', 'Lee')] },
      { patients: [patient('a', 'Rosa'), patient('b', 'Rosa')] },
    ])
      await expectCode('enrolment/damaged', () => decodeBook(encodeCbor({ ...stored(), ...other })))
  })

  it('is refused when it is something else', async () => {
    const seat = encodeSeat(accepted(invitedPair()).result.seat)
    await expectCode('enrolment/damaged', () => decodeBook(seat))
    await expectCode('enrolment/damaged', () => decodeSeat(encodeBook(book())))
    await expectCode('enrolment/damaged', () => decodeBook(encodeCbor({ v: 1 })))
    await expectCode('enrolment/damaged', () => decodeBook(Uint8Array.of(0xff)))
  })
})

/** A message of the doctor's thread with this content. */
function sealedBy(device: Device, mediaType: string, text: string): Uint8Array {
  return sealNext(device, { ...thread, body: { mediaType, content: encodeUtf8(text) } }, world).result
}

describe('wrong invitations and answers', () => {
  it('refuses an invitation from a patient, and one that this side sealed', async () => {
    const { doctor, patient, invited } = invitedPair()
    await expectCode('enrolment/from-patient', () => sealInvitation(book(), patient, thread, world))
    await expectCode('enrolment/from-patient', () => acceptInvitation(doctor, invited.message, thread, world))
    const own = sealedBy(doctor, 'text/plain', 'x')
    await expectCode('enrolment/own-message', () => enrolPatient(invited.book, doctor, own, thread, world))
  })

  it('refuses messages of another kind, and leaves them unopened', async () => {
    const { doctor, patient, invited } = invitedPair()
    const note = sealedBy(doctor, 'text/plain', 'Good morning')
    await expectCode('enrolment/not-an-invitation', () => acceptInvitation(patient, note, thread, world))
    expect(openOnce(patient, note, thread, world).result.before).toBe('no')
    const reply = sealedBy(patient, 'text/plain', 'Good morning')
    await expectCode('enrolment/not-an-answer', () =>
      enrolPatient(invited.book, doctor, reply, thread, world),
    )
  })

  it('refuses what is for another conference, or from whom nobody invited', async () => {
    const stage = invitedPair()
    const answer = accepted(stage)
    await expectCode('enrolment/other-conference', () =>
      enrolPatient(book(), stage.doctor, answer.result.message, thread, world),
    )
    await expectCode('enrolment/other-conference', () => accepted(stage, accepted(invitedPair()).result.seat))
    const uninvited = { ...stage.invited.book, patients: new Map() }
    await expectCode('enrolment/not-invited', () =>
      enrolPatient(uninvited, stage.doctor, answer.result.message, thread, world),
    )
  })

  it('refuses a second key of one patient, and a second invitation unless it is asked for', async () => {
    const stage = invitedPair()
    const [one, two] = [accepted(stage), accepted(stage)]
    const { book: taken } = done(
      enrolPatient(stage.invited.book, stage.doctor, one.result.message, thread, world),
    ).result
    await expectCode('enrolment/taken', () => {
      const other = done(acceptInvitation(one.device, stage.invited.message, thread, world)).result
      return enrolPatient(taken, stage.doctor, other.message, thread, world)
    })
    await expectCode('enrolment/taken', () => sealInvitation(taken, stage.doctor, thread, world))
    expect(two.result.seat.staticKey.publicKey).not.toEqual(one.result.seat.staticKey.publicKey)
  })

  it('refuses everything once the conference is over', async () => {
    const stage = invitedPair()
    const { message } = accepted(stage).result
    const late = { ...world, clock: clockAt(untilMs) }
    await expectCode('enrolment/expired', () => sealInvitation(book(), stage.doctor, thread, late))
    await expectCode('enrolment/expired', () =>
      acceptInvitation(stage.patient, stage.invited.message, thread, late),
    )
    await expectCode('enrolment/expired', () =>
      enrolPatient(stage.invited.book, stage.doctor, message, thread, late),
    )
  })

  it('refuses each field that is not as it must be', async () => {
    const { invited } = invitedPair()
    const { staticKey, signingKey, ...rest } = invited.book
    const keys = { staticKey: staticKey.publicKey, signingKey: verifyingKeyOf(signingKey) }
    const good = formatInvitation({ ...rest, ...keys, psk: invited.patient.psk })
    const fields: Record<string, unknown> = JSON.parse(decodeUtf8(good.content))
    const short = encodeBase64Url(new Uint8Array(15))
    const wrong = {
      v: 2,
      id: short,
      suite: 'x25519',
      static: short,
      signing: short,
      psk: short,
      title: '\u001b[2J',
    }
    for (const [field, value] of Object.entries(wrong)) {
      const content = encodeUtf8(JSON.stringify({ ...fields, [field]: value }))
      await expectCode('enrolment/invalid', () => parseInvitation({ ...good, content }))
    }
    for (const change of [{ more: 1 }, { until_ms: -1 }]) {
      const content = encodeUtf8(JSON.stringify({ ...fields, ...change }))
      expect(await codeOf(() => parseInvitation({ ...good, content }))).toBe('json/invalid')
    }
    expect(parseInvitation(good)).toMatchObject({ title: 'Morning round', suite: '25519', untilMs })
    await expectCode('enrolment/invalid', () => book('  '))
  })

  it('refuses an answer whose key has another length than the suite', async () => {
    const stage = invitedPair()
    const body = formatAnswer({ id: stage.invited.book.id, staticKey: new Uint8Array(384) })
    const { result } = sealNext(stage.patient, { ...thread, body }, world)
    await expectCode('enrolment/invalid', () =>
      enrolPatient(stage.invited.book, stage.doctor, result, thread, world),
    )
  })

  it('refuses keys with which no handshake can be made, on both sides, before they are stored', async () => {
    const ffdhe = createConference({ title: 'Round', suite: 'ffdhe3072', untilMs }, systemRandom)
    const one = new Uint8Array(384).fill(1, 383)
    const wrong: readonly (readonly [ConferenceBook, Uint8Array])[] = [
      [book(), new Uint8Array(32)],
      [book(), new Uint8Array(32).fill(1, 0, 1)],
      [ffdhe, new Uint8Array(384)],
      [ffdhe, one],
      [ffdhe, new Uint8Array(384).fill(255)],
    ]
    for (const [conference, staticKey] of wrong) {
      const stage = invitedPair(conference)
      const body = formatAnswer({ id: conference.id, staticKey })
      const { result } = sealNext(stage.patient, { ...thread, body }, world)
      await expectCode('enrolment/invalid', () =>
        enrolPatient(stage.invited.book, stage.doctor, result, thread, world),
      )
      const { psk } = stage.invited.patient
      const signingKey = verifyingKeyOf(conference.signingKey)
      const seatOf = (keys: { staticKey: Uint8Array; signingKey: Uint8Array }) =>
        takeSeat({ ...conference, ...keys, psk }, 'Dr. Okafor', { nowMs: startMs, random: systemRandom })
      await expectCode('enrolment/invalid', () => seatOf({ staticKey, signingKey }))
      const { publicKey } = conference.staticKey
      await expectCode('enrolment/invalid', () =>
        seatOf({ staticKey: publicKey, signingKey: new Uint8Array(32).fill(255) }),
      )
      expect(seatOf({ staticKey: publicKey, signingKey }).suite).toBe(conference.suite)
    }
  })

  it('takes no seat of an invitation that ended', async () => {
    const invitation = { ...book(), staticKey: new Uint8Array(32), signingKey: new Uint8Array(32) }
    const psk = invitedPair().invited.patient.psk
    const late = { nowMs: untilMs, random: systemRandom }
    await expectCode('enrolment/expired', () => takeSeat({ ...invitation, psk }, 'Dr. Okafor', late))
  })
})

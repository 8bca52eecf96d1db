/** Attacks on conferences. */
import { concat, equal } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { FrameOpener, FrameSealer, opcodes, openFrame } from '@chartseal/elgamal-session/frames'
import { createHandshake, type SessionSecrets, StaticKey } from '@chartseal/elgamal-session/noise'
import {
  deriveVerifier,
  openGroupKey,
  openMessage,
  sealGroupKey,
  sealMessage,
} from '@chartseal/elgamal-session/v1'
import type { Tools } from '../interop/operation.js'
import { type Attack, changedAt, present, requireWorks, shown } from './attack.js'
import {
  PublishedDoctor,
  publishedGroup,
  publishedPatient,
  readAsPublished,
  sessionKeyOf,
} from './published-conference.js'
import { Room } from './room.js'

const suite = '25519'
const said = 'Rosa, take 1 tablet tonight.'
const rosa = 'Patient_2'

export const passiveListener: Attack = {
  name: 'passive-listener',
  title: 'Somebody who only listens reads every broadcast',
  errata: ['C2', 'C3'],
  against: 'package',
  refusal: 'open/failed',
  breaks(tools, tell) {
    const { random } = tools
    const { frame, sessionKey } = publishedPatient(rosa, new PublishedDoctor(tools).publicKey, random)
    const groupKey = random.bytes(32)
    const tsFinal = frame.tsPatient + 2n
    const wire = {
      verifier: deriveVerifier(encodeHex(sessionKey), tsFinal),
      groupKey: sealGroupKey(sessionKey, groupKey, random),
      broadcast: sealMessage(groupKey, said, random),
    }
    tell(
      'on the wire: the handshake, a hash that proves the session key, the sealed group key, one broadcast',
    )
    for (let guess = 0n; guess < publishedGroup.p; guess++) {
      const key = sessionKeyOf(frame, guess)
      if (deriveVerifier(encodeHex(key), tsFinal) !== wire.verifier) continue
      const read = openMessage(openGroupKey(key, wire.groupKey), wire.broadcast)
      tell(
        `after ${guess + 1n} guesses of at most ${publishedGroup.p} the hash fits, and the broadcast reads "${read}"`,
      )
      return read === said
    }
    return false
  },
  prepare(tools, tell) {
    const { doctor, patient, hello, asDoctor } = handshakeOf(tools)
    const sealed = new FrameSealer(suite, doctor.send).seal(opcodes.message, 1, encodeUtf8(said))
    const opened = new FrameOpener(suite, patient.receive).open(sealed)
    requireWorks(equal(opened.plaintext, encodeUtf8(said)), 'the patient reads it')
    tell('a session of version 2: fresh X25519 keys at both ends, and 256 bits that only the two share')
    tell(
      'the listener has recorded all of it, and a year later steals both: the key of the doctor, and these bits',
    )
    return () => {
      // All that they give is the doctor's side of the handshake, but for a key that is gone.
      const again = asDoctor()
      again.read(hello)
      again.write(new Uint8Array(0))
      return openFrame(sealed, again.split().send)
    }
  },
}

/** Both ends of a session, after the handshake of a conference; its first message, and whoever has the doctor's keys. */
function handshakeOf({ random }: Tools): {
  readonly doctor: SessionSecrets
  readonly patient: SessionSecrets
  readonly hello: Uint8Array
  asDoctor(): ReturnType<typeof createHandshake>
} {
  const [doctorKey, patientKey] = [StaticKey.generate(suite, random), StaticKey.generate(suite, random)]
  const psk = random.bytes(32)
  const common = { pattern: 'IKpsk2', suite, prologue: new Uint8Array(0), random } as const
  const patient = createHandshake({
    ...common,
    role: 'initiator',
    staticKey: patientKey,
    theirStatic: doctorKey.publicKey,
    psk: new SecretBytes(psk),
  })
  const pskOf = (theirs: Uint8Array): SecretBytes | null =>
    equal(theirs, patientKey.publicKey) ? new SecretBytes(psk) : null
  const asDoctor = () => createHandshake({ ...common, role: 'responder', staticKey: doctorKey, pskOf })
  const doctor = asDoctor()
  const hello = patient.write(new Uint8Array(0))
  doctor.read(hello)
  patient.read(doctor.write(new Uint8Array(0)))
  return { doctor: doctor.split(), patient: patient.split(), hello, asDoctor }
}

/** The published design, with Rosa in a session. */
function publishedRosa(tools: Tools) {
  const doctor = new PublishedDoctor(tools)
  const victim = publishedPatient(rosa, doctor.publicKey, tools.random)
  doctor.verification(victim.frame)
  return { doctor, victim }
}

/** A conference of version 2, with Rosa in it. */
function roomWithRosa(tools: Tools) {
  const room = new Room(tools)
  const line = room.join(room.enrol('Rosa'))
  requireWorks(room.stateOf('Rosa') === 'connected', 'Rosa comes in')
  return { room, line }
}

export const takeover: Attack = {
  name: 'takeover',
  title: 'Mallory says that she is Rosa, and gets what Rosa would get',
  errata: ['C4', 'C5', 'C6'],
  against: 'model',
  refusal: 'stranger',
  breaks(tools, tell) {
    const { doctor, victim } = publishedRosa(tools)
    const mallory = publishedPatient(rosa, doctor.publicKey, tools.random)
    doctor.verification(mallory.frame)
    tell(`Mallory signs as ${rosa} with a key of her own, which is the one it is checked with: accepted`)
    const kept = doctor.sessions.get(rosa)
    const isHers = kept !== undefined && equal(kept, mallory.sessionKey) && !equal(kept, victim.sessionKey)
    return shown(
      isHers,
      tell,
      'the session of Rosa has Mallory\u2019s key now: she reads on, and Rosa reads nothing any more',
    )
  },
  prepare(tools, tell) {
    const { room } = roomWithRosa(tools)
    tell('Rosa is in a conference of version 2; no name is sent, her enrolled key is who she is')
    tell('Mallory, who knows the conference and its doctor, says hello with a key of her own')
    return () => {
      room.join(room.stranger())
      return room.stateOf('Rosa') === 'connected' ? room.refusals.join(', ') : 'taken over'
    }
  },
}

/** Of a hello: its ephemeral key comes first, and with another one it is no repetition. */
const messageBytes = 96

export const blockSomebody: Attack = {
  name: 'block-somebody',
  title: 'A bad signature under Rosa\u2019s name shuts Rosa out for two minutes',
  errata: ['C14'],
  against: 'model',
  refusal: 'handshake',
  breaks(tools, tell) {
    const { doctor } = publishedRosa(tools)
    const { frame } = publishedPatient(rosa, doctor.publicKey, tools.random)
    doctor.verification({ ...frame, signature: { ...frame.signature, s: 0n } })
    const isOut = doctor.isBlocked(rosa) && !doctor.sessions.has(rosa)
    return shown(
      isOut,
      tell,
      `one frame with a signature of zeros, by anybody: ${rosa} is blocked and her session is gone`,
    )
  },
  prepare(tools, tell) {
    const { room, line } = roomWithRosa(tools)
    tell('Rosa is in a conference of version 2, and Mallory has recorded her hello')
    tell('Mallory sends it with a byte changed, on a connection of her own')
    return () => {
      const hello = present(line.sent[0])
      room.send(room.connect(), changedAt(hello, hello.length - messageBytes, 1))
      const isOut = room.stateOf('Rosa') !== 'connected' || room.events.some(({ kind }) => kind === 'blocked')
      return isOut ? 'blocked' : room.refusals.join(', ')
    }
  },
}

const texts = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

export const gluedFrames: Attack = {
  name: 'glued-frames',
  title: 'Two frames arrive together, and the second is gone without a word',
  errata: ['C13'],
  against: 'model',
  refusal: 'open/failed',
  breaks(_, tell) {
    const frames = texts.map(text => encodeUtf8(JSON.stringify({ opcode: 40, text })))
    const socket = [...frames.slice(0, 3), concat(...frames.slice(3, 5)), ...frames.slice(5)]
    const read = readAsPublished(socket).map(frame => String(Object(JSON.parse(frame)).text))
    const lost = texts.filter(text => !read.includes(text))
    tell(`${texts.length} broadcasts are sent; the network delivers two of them in one piece`)
    tell(`the patient reads ${read.length}; nobody learns that "${lost.join('", "')}" is missing`)
    return lost.length === 1
  },
  prepare(tools, tell) {
    const { doctor, patient } = handshakeOf(tools)
    const sealer = new FrameSealer(suite, doctor.send)
    const opener = new FrameOpener(suite, patient.receive)
    const [first, ...others] = texts.map(text => sealer.seal(opcodes.message, 1, encodeUtf8(text)))
    requireWorks(equal(opener.open(present(first)).plaintext, encodeUtf8('one')), 'a frame opens')
    tell('frames of version 2 are one message each of a WebSocket, or stand behind a length')
    tell('somebody glues two of them together all the same')
    return () => opener.open(concat(...others.slice(0, 2)))
  },
}

const tagBytes = 16
/** From the digit 1 to the digit 9. */
const oneToNine = 0x31 ^ 0x39

export const changedMessage: Attack = {
  name: 'changed-message',
  title: 'A flipped bit turns 1 tablet into 9, without a key',
  errata: ['C12'],
  against: 'package',
  refusal: 'open/failed',
  breaks({ random }, tell) {
    const groupKey = random.bytes(32)
    const sent = 'Give 1 tablet at night.'
    const sealed = sealMessage(groupKey, sent, random)
    const read = openMessage(groupKey, changedAt(sealed, sent.indexOf('1'), oneToNine))
    tell(`the doctor said "${sent}"`)
    tell(`the patient reads "${read}": nothing authenticates AES-CBC, and the iv is xored into the text`)
    return read === 'Give 9 tablet at night.'
  },
  prepare(tools, tell) {
    const { doctor, patient } = handshakeOf(tools)
    const frame = new FrameSealer(suite, doctor.send).seal(opcodes.message, 1, encodeUtf8(said))
    const key = new AeadKey(patient.receive.reveal())
    requireWorks(equal(openFrame(frame, key).plaintext, encodeUtf8(said)), 'the frame opens')
    // AES-CTR alone would give "9" there.
    const place = frame.length - tagBytes - said.length + said.indexOf('1')
    tell('the same bits of the same letter in a frame of version 2: its tag covers header and text')
    return () => openFrame(changedAt(frame, place, oneToNine), key)
  },
}

/** Readers of `elgamal-session`: frames, payloads, records, links, the key tree and care teams. */
import { AeadKey, SecretBytes } from '../../../packages/core/dist/keys.js'
import { encodeHello, parseHello } from '../../../packages/elgamal-session/dist/conference/hello.js'
import * as payloads from '../../../packages/elgamal-session/dist/conference/payloads.js'
import { parseLogged, parseNotice } from '../../../packages/elgamal-session/dist/conference/signed-frame.js'
import { decodeRecord, encodeRecord } from '../../../packages/elgamal-session/dist/doctor/records.js'
import * as frames from '../../../packages/elgamal-session/dist/frames.js'
import { createHandshake } from '../../../packages/elgamal-session/dist/noise.js'
import {
  encodePatientRecord,
  parsePatientRecord,
} from '../../../packages/elgamal-session/dist/patient/record.js'
import { readHello } from '../../../packages/elgamal-session/dist/relay/hello.js'
import * as hubLink from '../../../packages/elgamal-session/dist/relay/hub-link.js'
import { decodePacket, encodePacket } from '../../../packages/elgamal-session/dist/relay/reliable-packet.js'
import * as relay from '../../../packages/elgamal-session/dist/relay.js'
import { parseTeamFrame } from '../../../packages/elgamal-session/dist/team/frame.js'
import * as teamPayloads from '../../../packages/elgamal-session/dist/team/payloads.js'
import * as team from '../../../packages/elgamal-session/dist/team.js'
import { parseCommit } from '../../../packages/elgamal-session/dist/tree/commit-codec.js'
import { parsePath } from '../../../packages/elgamal-session/dist/tree/path-codec.js'
import { encodeSnapshot, parseSnapshot } from '../../../packages/elgamal-session/dist/tree/snapshot.js'
import { KeyTree } from '../../../packages/elgamal-session/dist/tree.js'
import * as v1 from '../../../packages/elgamal-session/dist/v1.js'
import { bytesIn, filled, hex, joined, objectsIn, target, utf8 } from '../corpus.mjs'

const random = { bytes: sizeBytes => filled(sizeBytes, 5) }
const hash = filled(32, 8)
const place = { sequence: 7n, hash }

const pair = (name, write, read, ...values) =>
  target(`conference/${name}`, () => values.map(write), read, write)

const payloadReaders = [
  pair('welcome', payloads.encodeWelcome, payloads.parseWelcome, { nowMs: 5, epoch: 1, maxTextBytes: 4_000 }),
  pair('verification', payloads.encodeVerification, payloads.parseVerification, {
    handshakeHash: hash,
    sequence: 1n,
    heard: 0n,
    isGoodbye: true,
  }),
  pair('ticket', payloads.encodeTicketGrant, payloads.parseTicketGrant, {
    ticket: filled(60, 1),
    since: 1n,
    heard: 2n,
  }),
  pair('group-keys', payloads.encodeGroupKeys, payloads.parseGroupKeys, {
    incarnation: 1,
    after: place,
    head: { ...place, atMs: 5 },
    path: filled(50, 1),
    epochs: [{ epoch: 1, first: 1n, key: hash }],
  }),
  pair('direct', payloads.encodeDirect, payloads.parseDirect, { id: 1n, text: 'Come at eight.' }),
  pair('received', payloads.encodeReceived, payloads.parseReceived, { sequence: 5n }, { direct: 2n ** 63n }),
  pair('farewell', payloads.encodeFarewell, payloads.parseFarewell, { reason: 'busy', retryMs: 500 }),
  pair('blocked', payloads.encodeBlocked, payloads.parseBlocked, 60, null),
  pair('broadcast', payloads.encodeBroadcast, payloads.parseBroadcast, 'To all.'),
  pair(
    'packet',
    encodePacket,
    decodePacket,
    { kind: 'data', sequence: 1, acked: 0, body: hash },
    { kind: 'ack', sequence: 0, acked: 9, body: new Uint8Array() },
  ),
  pair('patient-record', encodePatientRecord, parsePatientRecord, {
    place,
    ticket: { ticket: filled(40, 1), psk: hash },
    standing: 'in',
    heard: 1n,
    nextId: 2n,
    outbox: [{ id: 1n, text: 'a', wasSent: true }],
  }),
]

const patient = filled(16, 3)
const journal = pair(
  'journal',
  encodeRecord,
  decodeRecord,
  { t: 'start', incarnation: 1, memberships: 2 },
  { t: 'in', patient, since: 1n, membership: 1, acknowledged: 0n },
  { t: 'out', patient, until: null, forGood: true },
  { t: 'out', patient, until: 5, forGood: false },
  { t: 'epoch', epoch: 1, first: 1n, last: 2n, key: hash },
  { t: 'frame', frame: hash, waited: true },
  { t: 'waiting', text: 'later', emergency: true },
  { t: 'base', sequence: 1n, hash, epoch: 1, emergency: 0n },
  { t: 'to', patient, id: 1n, text: 'a' },
  { t: 'end' },
)

const header = (opcode, flags, sequence = 5n) =>
  frames.encodeHeader({ opcode, flags, suite: '25519', epoch: 1, sequence })
const helloSeeds = () => [
  encodeHello(header(5, 0, 0n), {
    conferenceId: patient,
    sentAtMs: 5,
    cookie: hash,
    puzzleAnswer: filled(8, 1),
    ticket: null,
    message: filled(96, 1),
  }),
  encodeHello(header(5, 1, 0n), {
    conferenceId: patient,
    sentAtMs: 5,
    cookie: new Uint8Array(),
    puzzleAnswer: new Uint8Array(),
    ticket: filled(60, 2),
    message: filled(48, 1),
  }),
]
const frameKey = new AeadKey(filled(32, 6))
const sessionFrame = () => [
  frames.sealFrame({ opcode: 40, flags: 0, suite: '25519', epoch: 1, sequence: 3n }, frameKey, utf8('text')),
]
const signedFrame = () => [
  joined(
    header(40, frames.flags.signed),
    filled(4, 0),
    hash,
    filled(8, 0),
    Uint8Array.of(0, 0, 0, 4),
    filled(4, 1),
    filled(40, 2),
    filled(64, 3),
  ),
]
const noticeFrame = () => [
  joined(
    header(40, frames.flags.signed | frames.flags.head),
    filled(4, 0),
    hash,
    filled(8, 0),
    filled(64, 3),
  ),
]

const refusals = () => [
  relay.encodeRefusal({ reason: 'puzzle', nowMs: 5, retryMs: 1, cookie: hash, puzzleBits: 8 }),
]

const frameReaders = [
  target(
    'conference/decodeHeader',
    () => [header(40, 0), header(60, frames.flags.clear)],
    input => frames.decodeHeader(input.subarray(0, 16)),
    undefined,
  ),
  // A word that it does not know is read as `busy`, so it is not written as it came.
  target('conference/decodeRefusal', refusals, relay.decodeRefusal),
  target('conference/openFrame', sessionFrame, input => frames.openFrame(input, frameKey), undefined, {
    weight: 0.5,
  }),
  target('conference/parseHello', helloSeeds, input => parseHello(input, input[2] ?? 0)),
  target('conference/readHello', helloSeeds, readHello),
  target('conference/parseLogged', signedFrame, parseLogged),
  target('conference/parseNotice', noticeFrame, parseNotice),
]

const connection = 7
const toRelay = [
  { kind: 'send', connection, frame: hash },
  { kind: 'admit', connection, after: 5n },
  { kind: 'publish', frame: hash },
  { kind: 'restart', after: 1n },
  { kind: 'head', frame: hash },
  { kind: 'drop', connection, frame: null },
  { kind: 'end', frame: hash },
]
const toCore = [
  { kind: 'attached', head: 5n, instance: filled(16, 1), newest: hash },
  { kind: 'opened', connection, source: filled(16, 2) },
  { kind: 'frame', connection, frame: hash },
  { kind: 'closed', connection },
  { kind: 'logged', sequence: 5n },
  { kind: 'behind', connection, isBehind: true },
  { kind: 'unlogged', sequence: 6n, head: 5n, reason: 'gap' },
]
const fromHub = () => [
  hubLink.encodeRefuse(1, 'restart'),
  hubLink.encodeStop('ended'),
  hubLink.encodeFrames(1, [hash, hash]),
  hubLink.encodeFrames(1, null),
  ...toRelay.map(relay.encodeToRelay),
]
const fromRelay = () => [hubLink.encodeAsk(1, 5, 1000), relay.encodeToCore(toCore[2])]
const relayKeys = new relay.RelayKeys(filled(32, 4))
const asked = () => [relayKeys.ask({ outer: filled(16, 1), conference: filled(16, 2) }, random)]

const links = [
  pair('to-relay', relay.encodeToRelay, relay.decodeToRelay, ...toRelay),
  pair('to-core', relay.encodeToCore, relay.decodeToCore, ...toCore),
  target('conference/decodeFromHub', fromHub, hubLink.decodeFromHub),
  target('conference/decodeFromRelay', fromRelay, hubLink.decodeFromRelay),
  target('conference/RelayKeys.asked', asked, input => relayKeys.asked(input), undefined, { weight: 0.5 }),
]

const psk = new SecretBytes(filled(32, 2))
const suite = '25519'
const handshakeOf = (role, own) =>
  createHandshake({ pattern: 'NNpsk0', role, suite, prologue: utf8('p'), random: own, psk })
const handshakes = [
  target(
    'conference/noise NNpsk0',
    () => [handshakeOf('initiator', random).write(utf8('hello'))],
    input => handshakeOf('responder', random).read(input),
    undefined,
    { weight: 0.05 },
  ),
]

const treeCommits = () => bytesIn('own/key-tree-v2', 'commit')
const treePaths = () => bytesIn('own/key-tree-v2', 'path')
const snapshots = () => [snapshotSeed()]

/** The snapshot of a tree with some members. */
function snapshotSeed() {
  const tree = new KeyTree({ conferenceId: patient, random })
  for (let leaf = 0; leaf < 6; leaf++) tree.join(new SecretBytes(filled(32, leaf + 1)))
  tree.commit(1)
  return tree.encode()
}

const trees = [
  target('tree/parseCommit', treeCommits, parseCommit),
  target('tree/parsePath', treePaths, parsePath),
  target('tree/parseSnapshot', snapshots, parseSnapshot, encodeSnapshot),
]

const teamFrames = () => bytesIn('own/care-team-v2', 'frame', 'commit')
const person = leaf => ({
  leaf,
  name: `Person ${leaf}`,
  role: 'clinician',
  signing: hex(objectsIn('own/care-team-v2', 'keeper')[0].keeper),
  box: 'ACWjrykWfA18dMw5QNY4rw',
})
const change = {
  atMs: 5,
  title: 'Rosa, ward 3',
  people: [person(0)],
  removed: [{ signing: hash, name: 'Lee', sequence: 1n, hash }],
}
const body = { sentAtMs: 5, mediaType: 'text/plain', content: utf8('text'), fileName: 'a.csv' }

const teams = [
  target('team/parseTeamFrame', teamFrames, parseTeamFrame, ({ frame }) => frame),
  target('team/inspectTeamFrame', teamFrames, team.inspectTeamFrame),
  target(
    'team/parseChange',
    () => [teamPayloads.encodeChange(change)],
    input => teamPayloads.parseChange(input, 5),
  ),
  target('team/parseSentBody', () => [teamPayloads.encodeSentBody(body)], teamPayloads.parseSentBody),
  target(
    'team/parseTeamWelcome',
    () => bytesIn('own/care-team-v2', 'welcome'),
    teamPayloads.parseTeamWelcome,
    teamPayloads.encodeTeamWelcome,
    { weight: 0.5 },
  ),
  target('team/decodeTeam', teamStates, input => team.decodeTeam(input.slice()), team.encodeTeam, {
    weight: 0.5,
  }),
]

function teamStates() {
  let drawn = 0
  const world = {
    clock: { nowMs: () => 1_790_000_000_000 },
    random: { bytes: sizeBytes => filled(sizeBytes, ++drawn) },
  }
  return [team.encodeTeam(team.createTeam({ title: 'Rosa, ward 3', name: 'Dr. Okafor' }, world))]
}

const [frame] = objectsIn('seeds/medchat-frames', 'encrypted_message')
const v1Readers = [
  target(
    'v1/openGroupKey',
    () => [hex(frame.encrypted_group_key)],
    input => v1.openGroupKey(hex(frame.session_key), input),
  ),
  target(
    'v1/openMessage',
    () => [hex(frame.encrypted_message)],
    input => v1.openMessage(hex(frame.group_key), input),
  ),
  target(
    'v1/legacyOpenText',
    () => [hex(frame.encrypted_message)],
    input => v1.legacyOpenText(hex(frame.message_key), input),
  ),
]

export const targets = [
  ...payloadReaders,
  journal,
  ...frameReaders,
  ...links,
  ...handshakes,
  ...trees,
  ...teams,
  ...v1Readers,
]

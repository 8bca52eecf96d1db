/**
 * `node scripts/vectors/break-glass.mjs`: makes vectors/own/break-glass-v2.json again, from fixed keys and chance. With
 * `--check` it writes nothing, and fails unless the file holds just that.
 */
import { encodeAccessEntry } from '../../packages/audit/dist/access.js'
import * as glass from '../../packages/clinic/dist/break-glass.js'
import { thumbprintOf } from '../../packages/clinic/dist/signed-request.js'
import { SigningKey, sign, verifyingKeyOf } from '../../packages/core/dist/ed25519.js'
import { decodeCbor, encodeCbor, encodeHex } from '../../packages/core/dist/encoding.js'
import { AeadKey } from '../../packages/core/dist/keys.js'
import { formatReadCapability, formatVerifyCapability } from '../../packages/ipfs-envelope/dist/index.js'
import { encodeShare } from '../../packages/shamir/dist/index.js'
import { createChance } from './chance.mjs'
import { freeze } from './frozen.mjs'

const origin = 'https://clinic.example'
const startMs = 1_796_000_000_000
const minuteMs = 60_000
const filled = (length, byte) => new Uint8Array(length).fill(byte)

const random = createChance('chartseal break-glass vectors')
let nowMs = startMs
const clock = { nowMs: () => nowMs }
const world = { clock, random }

/** The secret key of each is that byte 32 times. */
function person(seed) {
  const key = new SigningKey(filled(32, seed))
  const verifyingKey = verifyingKeyOf(key)
  return { seed, verifyingKey, kid: thumbprintOf(verifyingKey), sign: bytes => sign(key, bytes) }
}
const [doctor, owner, patient, officer, ana, ben, cleo] = [1, 2, 3, 4, 11, 12, 13].map(person)
const mailbox = 'AAAAAAAAAAAAAAAAAAAAAA'
const roster = {
  ...{ origin, seq: 1, previous: '', officers: [officer.kid], threshold: 1 },
  people: [
    ...[doctor, owner].map(({ kid }) => ({ kid, role: 'doctor', mailbox })),
    ...[ana, ben, cleo].map(({ kid }) => ({ kid, role: 'custodian', mailbox })),
  ],
}

const plain = value => {
  if (value instanceof Uint8Array) return encodeHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      name === 'record' ? formatVerifyCapability(one) : plain(one),
    ]),
  )
}

const cases = []
const signed = (note, { seed }, { content, by, bytes, hash }) => {
  const texts = { kind: content.kind, content: JSON.stringify(plain(content)), by }
  const hex = { signing_key: encodeHex(filled(32, seed)), bytes: encodeHex(bytes), hash: encodeHex(hash) }
  cases.push({ shows: 'statement', note, ...texts, ...hex })
}
const refused = (note, kind, bytes, code) =>
  cases.push({ shows: 'refused', note, kind, bytes: encodeHex(bytes), code })

const capability = {
  owner: owner.verifyingKey,
  packageId: filled(16, 7),
  version: 3,
  payloadCid: 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
  contentKey: new AeadKey(filled(32, 8)),
}
const holders = [ana, ben, cleo]
const keys = []
for (const one of holders) keys.push(await glass.createCustodyKey(one, origin, world))
signed('a custodian says which key is theirs', ana, keys[0].statement)

const plan = {
  ...{ origin, capability, about: 'Discharge letter, ward 3', patient: patient.kid, isDrill: false, roster },
  policy: {
    threshold: 2,
    denials: 2,
    waitMs: 5 * minuteMs,
    witnesses: 2,
    maxDecideMs: 30 * minuteMs,
    maxAccessMs: 240 * minuteMs,
  },
  custodians: keys.map(({ statement }) => statement),
}
const { statement: set, shares } = await glass.makeEmergencySet(owner, plan, world)
signed('two of three custodians', owner, set)
const drill = await glass.makeEmergencySet(owner, { ...plan, patient: '', isDrill: true }, world)
signed('a drill, of no patient', owner, drill.statement)

const own = holders.map(({ kid }, i) =>
  glass.openOwnShare(set, kid, { sealed: shares[i], secret: keys[i].secret }),
)
const sealedCase = (note, use, subject, kid, secret, sealed, share) =>
  cases.push({
    ...{ shows: 'sealed', note, use, subject: encodeHex(subject), kid, secret: encodeHex(secret.reveal()) },
    ...{
      sealed: encodeHex(sealed),
      share: encodeHex(encodeShare(share)),
      hash: encodeHex(glass.sealedHashOf(sealed)),
    },
  })
sealedCase('kept by a custodian', 'set', set.content.id, ana.kid, keys[0].secret, shares[0], own[0])

nowMs += minuteMs
const asking = { decideByMs: nowMs + 20 * minuteMs, accessUntilMs: nowMs + 120 * minuteMs }
const { statement: request, secret } = await glass.makeEmergencyRequest(
  doctor,
  set,
  { reason: 'BTG', text: 'Sin respuesta, sin historia conocida', ...asking },
  world,
)
signed('a doctor asks', doctor, request)
let state = glass.startEmergency(set, request, { nowMs, standing: 'unjudged' })
state = glass.markWitnessed(state, request.hash)
const entryCase = (note, event, previous) =>
  cases.push({
    ...{ shows: 'entry', note, set: encodeHex(set.bytes), request: encodeHex(request.bytes) },
    ...{ event: encodeHex(event.bytes), previous: encodeHex(previous), at_ms: nowMs },
    entry: encodeHex(encodeAccessEntry(glass.eventEntry(event, { set, request, previous, atMs: nowMs }))),
  })
cases.push({
  shows: 'entry',
  note: 'of a set',
  set: encodeHex(set.bytes),
  entry: encodeHex(encodeAccessEntry(glass.setEntry(set))),
})
entryCase('of a request', request, set.hash)

function take(note, who, statement) {
  signed(note, who, statement)
  entryCase(`after: ${note}`, statement, glass.newestOf(state).event.hash)
  state = glass.markWitnessed(
    glass.applyEvent(state, statement, { nowMs, standing: 'unjudged' }),
    statement.hash,
  )
}

nowMs += minuteMs
const first = await glass.makeRelease(ana, state, own[0], { ...world, roster })
take('a custodian releases', ana, first.statement)
sealedCase('released to the requester', 'release', request.hash, ana.kid, secret, first.shares[0], own[0])
take('another one denies', ben, await glass.makeDenial(ben, request, 'I do not know her', world))
nowMs += 3 * minuteMs
const second = await glass.makeRelease(cleo, state, own[2], { ...world, roster })
take('the third one releases', cleo, second.statement)
nowMs += minuteMs
take('the requester opens', doctor, await glass.makeOpened(doctor, state, world))
cases.push({
  ...{ shows: 'opened', note: 'two shares give what reads the record', set: encodeHex(set.bytes) },
  ...{ request: encodeHex(request.bytes), secret: encodeHex(secret.reveal()) },
  releases: [
    [ana, first],
    [cleo, second],
  ].map(([{ kid }, parcel]) => ({
    ...{ kid, release: encodeHex(parcel.statement.bytes), sealed: encodeHex(parcel.shares[0]) },
  })),
  capability: formatReadCapability(capability),
})
nowMs += 30 * minuteMs
take('the access is closed', doctor, await glass.makeClosed(doctor, state, 'stable, transferred', world))
nowMs += 60 * minuteMs
const judgement = { verdict: 'justified', text: '' }
take('an officer reviews', officer, await glass.makeReviewed(officer, state, judgement, world))

const withField = (bytes, change) =>
  Uint8Array.from([
    ...encodeCbor({ ...decodeCbor(bytes.subarray(0, -64)), ...change }),
    ...bytes.subarray(-64),
  ])
const flipped = (bytes, at) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
refused(
  'a bit of the signature',
  'request',
  flipped(request.bytes, request.bytes.length - 1),
  'break-glass/bad-signature',
)
refused(
  'another text under the signature',
  'request',
  withField(request.bytes, { text: 'x' }),
  'break-glass/bad-signature',
)
refused('a request as a set', 'set', request.bytes, 'break-glass/invalid')
refused('a field too many', 'request', withField(request.bytes, { more: 1 }), 'break-glass/invalid')
refused(
  'a reason that is none',
  'request',
  withField(request.bytes, { reason: 'TREAT' }),
  'break-glass/invalid',
)
refused(
  'access that ends before custodians have decided',
  'request',
  withField(request.bytes, { until: startMs }),
  'break-glass/invalid',
)
refused('another version', 'set', withField(set.bytes, { v: 3 }), 'break-glass/invalid')
refused(
  'one person alone',
  'set',
  withField(set.bytes, { policy: { ...decodeCbor(set.bytes.subarray(0, -64)).policy, t: 1 } }),
  'break-glass/policy',
)
refused(
  'no witness',
  'set',
  withField(set.bytes, { policy: { ...decodeCbor(set.bytes.subarray(0, -64)).policy, witnesses: 0 } }),
  'break-glass/policy',
)
const mild = encodeCbor({
  ...decodeCbor(set.bytes.subarray(0, -64)),
  policy: { ...decodeCbor(set.bytes.subarray(0, -64)).policy, wait: 0 },
})
const label = new TextEncoder().encode('chartseal/break-glass-set/v2\0')
refused(
  'a milder policy for the same shares, signed by the owner',
  'set',
  Uint8Array.from([...mild, ...owner.sign(Uint8Array.from([...label, ...mild]))]),
  'break-glass/invalid',
)
refused('nothing but a signature', 'opened', filled(64, 1), 'break-glass/invalid')

freeze(
  'break-glass-v2',
  'break-glass of version 2, docs/spec/break-glass.md; node scripts/vectors/break-glass.mjs makes it again',
  cases,
)

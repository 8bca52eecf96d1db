/**
 * `node scripts/vectors/audit.mjs`: makes vectors/own/audit-v2.json again, from fixed keys and chance. With `--check` it
 * writes nothing, and fails unless the file holds just that.
 */
import { accessCommitment, clinicLeafCodec, encodeAccessEntry } from '../../packages/audit/dist/access.js'
import { pad, SubjectKey, sealRecord, taggerOf } from '../../packages/audit/dist/body.js'
import { encodeLeaf } from '../../packages/audit/dist/entry.js'
import { canonicalPatientId } from '../../packages/audit/dist/patient-id.js'
import { encodeRecord } from '../../packages/audit/dist/record-cbor.js'
import { namerOf, wrapSubject } from '../../packages/audit/dist/wrapped-keys.js'
import { sealBytes } from '../../packages/core/dist/chunked.js'
import { SigningKey } from '../../packages/core/dist/ed25519.js'
import { decodeCbor, encodeCbor, encodeHex, encodeUtf8 } from '../../packages/core/dist/encoding.js'
import { AeadKey } from '../../packages/core/dist/keys.js'
import { inclusionProof, leafHash, treeRoot } from '../../packages/core/dist/merkle.js'
import {
  cosigner,
  ed25519Signer,
  formatCheckpoint,
  formatProof,
  signNote,
} from '../../packages/tlog/dist/index.js'
import { createChance } from './chance.mjs'
import { freeze } from './frozen.mjs'

const origin = 'clinic.example/audit'
const startMs = 1_796_000_000_000
const filled = (length, byte) => new Uint8Array(length).fill(byte)
const chance = createChance('chartseal audit vectors')
const scripted = salt => ({ bytes: () => Uint8Array.from(salt) })
const flipped = (bytes, at) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

const cases = []
const add = (shows, title, fields) => cases.push({ shows, title, ...fields })

// Entries.

const subjectKey = filled(32, 5)
const key = new SubjectKey(subjectKey)
const full = {
  at: startMs - 1000,
  actor: 'Practitioner/dr-weiss',
  action: 'break-glass-start',
  patient: 'Patient/Ä-7',
  outcome: 'minor-failure',
  purposeOfUse: ['BTG', 'ETREAT'],
  source: 'Device/ward-3',
  detail: {
    resource: 'Observation/7',
    query: 'code=8480-6',
    client: { name: 'ward 3', address: '10.0.0.7' },
    server: { name: 'chart', address: 'clinic.example' },
    text: 'two lines,\nand a tab\t.',
    digests: [{ name: 'list', sha256: filled(32, 6) }],
    imported: { format: 'medcrypt-audit', records: 2, sha256: filled(32, 7) },
    unmapped: '{"a.b":1}',
  },
}
const least = {
  ...{ at: 0, actor: 'a', action: 'read', patient: null, outcome: 'success', purposeOfUse: [] },
  ...{ source: 's', detail: {} },
}
const leaves = []

/** The body is what `encoded` says, whether it is a record or not. */
function leafAround(encoded, at, salt, seq = leaves.length) {
  const requestId = chance.bytes(16)
  const context = Buffer.concat([
    ...[encodeUtf8('chartseal/audit/v2'), Uint8Array.of(0, origin.length), encodeUtf8(origin)],
    ...[seq, at].map(number => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64BE(BigInt(number))
      return bytes
    }),
    requestId,
  ])
  const body = sealBytes(new AeadKey(subjectKey), pad(encoded), new Uint8Array(context), scripted(salt))
  return encodeLeaf({ kind: 'sealed', seq, at, requestId, tag: taggerOf(key)(seq), body })
}

function entry(note, record, at) {
  const [seq, requestId, salt] = [leaves.length, chance.bytes(16), chance.bytes(24)]
  const body = sealRecord(key, record, { origin, seq, at, requestId }, scripted(salt))
  const leaf = encodeLeaf({ kind: 'sealed', seq, at, requestId, tag: taggerOf(key)(seq), body })
  leaves.push(leaf)
  add('entry', note, {
    ...{
      subject_key: encodeHex(subjectKey),
      origin,
      seq,
      at,
      id: encodeHex(requestId),
      salt: encodeHex(salt),
    },
    ...{
      record: encodeHex(encodeRecord(record)),
      leaf: encodeHex(leaf),
      hash: encodeHex(leafHash(leaf)),
    },
  })
  return leaf
}
const first = entry('all there is', full, startMs)
entry('as little as there can be', least, startMs)
entry(
  'a record of just one block less a byte',
  {
    ...least,
    detail: {
      text: 'x'.repeat(
        256 - 1 - encodeRecord({ ...least, detail: { text: 'xxxxxxxxxxxxxxxxxxxxxxxx' } }).length + 24,
      ),
    },
  },
  startMs + 1,
)
const line = encodeUtf8('a line of an older log')
const imported = encodeLeaf({ kind: 'imported', seq: leaves.length, at: startMs + 1, line })
add('leaf', 'imported', { leaf: encodeHex(imported), seq: leaves.length, line: encodeHex(line) })
leaves.push(imported)
entry('the last of five', { ...least, patient: '7' }, startMs + 2)

const refusedLeaf = (note, leaf, refused) => add('leaf', note, { leaf: encodeHex(leaf), refused })
const withFields = change => encodeCbor({ ...decodeCbor(first), ...change })
const without = name => {
  const { [name]: _, ...others } = decodeCbor(first)
  return encodeCbor(others)
}
refusedLeaf('another version', withFields({ v: 3 }), 'audit/bad-leaf')
refusedLeaf('a field too many', withFields({ more: 1 }), 'audit/bad-leaf')
refusedLeaf('a body and a line', withFields({ line }), 'audit/bad-leaf')
refusedLeaf('no tag', without('tag'), 'audit/bad-leaf')
refusedLeaf('an id of 15 bytes', withFields({ id: filled(15, 1) }), 'audit/bad-leaf')
refusedLeaf('a byte behind', Uint8Array.from([...first, 0]), 'audit/bad-leaf')
refusedLeaf(
  'a number in the longer spelling',
  Uint8Array.from([...imported.subarray(0, 3), 0x18, ...imported.subarray(3)]),
  'audit/bad-leaf',
)

const closed = (note, leaf, of = origin, by = subjectKey) =>
  add('body', note, { subject_key: encodeHex(by), origin: of, leaf: encodeHex(leaf), refused: 'open/failed' })
closed('a changed body', flipped(first, first.length - 1))
closed('a changed tag', withFields({ tag: filled(16, 1) }))
closed('the key of somebody else', first, origin, filled(32, 9))
closed('of another log', first, 'clinic.example/other')
closed('at another time', withFields({ at: startMs + 1 }))
const salt = chance.bytes(24)
const recordWith = change => encodeCbor({ ...decodeCbor(encodeRecord(least)), ...change })
closed('an action that is none', leafAround(recordWith({ action: 'look' }), startMs, salt))
closed('a name with a blank at its end', leafAround(recordWith({ actor: 'a ' }), startMs, salt))
closed(
  'glass that is broken for no reason',
  leafAround(recordWith({ action: 'break-glass-start' }), startMs, salt),
)
closed('a field of a record too many', leafAround(recordWith({ more: 1 }), startMs, salt))

// Keys of patients.

const logKey = { generation: 12, key: new AeadKey(filled(32, 11)) }
function patientKey(note, patient, rule, subject) {
  const id = canonicalPatientId(patient, rule)
  const [name, chosen] = [namerOf(logKey)(id), chance.bytes(24)]
  const wrapped = wrapSubject(logKey, name, { patient: id, key: subject }, scripted(chosen))
  const secret = subject === null ? '' : encodeHex(subject.reveal())
  add('key', note, {
    ...{ log_key: encodeHex(logKey.key.reveal()), generation: logKey.generation, patient, rule },
    ...{ name_of_key: name, key: secret, salt: encodeHex(chosen), wrapped: encodeHex(wrapped) },
  })
}
patientKey('a FHIR reference', 'Patient/A\u0308-7/_history/2', 'plain', key)
patientKey('another spelling of the type', 'patient/7', 'plain', key)
patientKey('the id as it is', 'Patient/7', 'exact', key)
patientKey('destroyed', '7', 'plain', null)
patientKey('of the system itself', '', 'plain', key)

// Checkpoints and receipts.

const at = seconds => ({ nowMs: () => seconds * 1000 })
const signing = byte => new SigningKey(filled(32, byte))
const log = ed25519Signer(origin, signing(21))
const seenAt = [1_796_000_010, 1_796_000_011, 1_796_000_012]
const witnesses = seenAt.map((seconds, i) =>
  cosigner(`witness${i + 1}.example`, signing(31 + i), at(seconds)),
)
const policy = [
  `log ${log.verifierKey}`,
  ...witnesses.map(({ verifierKey }, i) => `witness w${i + 1} ${verifierKey}`),
  'group two 2 w1 w2 w3',
  'quorum two',
  '',
].join('\n')
const nobody = [`log ${log.verifierKey}`, 'quorum none', ''].join('\n')
const hashes = leaves.map(leaf => leafHash(leaf))
const head = { origin, size: leaves.length, root: treeRoot(hashes), extensions: [] }
const text = formatCheckpoint(head)
const note = signNote(text, [log, witnesses[0], witnesses[2]])
const trust = { log: log.verifierKey, policy }

const tree = { origin, size: leaves.length, root: encodeHex(head.root), leaves: leaves.map(encodeHex) }
const cosigned = [0, 2].map(i => ({ key: witnesses[i].verifierKey, at_seconds: seenAt[i] }))
add('checkpoint', 'cosigned by two of three', { ...trust, note, ...tree, witnesses: ['w1', 'w3'], cosigned })
const stranger = ed25519Signer('stranger.example', signing(22))
const withStranger = signNote(text, [stranger, log])
add('checkpoint', 'signed by somebody else, too', {
  log: log.verifierKey,
  policy: nobody,
  note: withStranger,
  ...tree,
  witnesses: [],
  cosigned: [],
})

const refusedNote = (what, asked, refused, wanted = trust) =>
  add('checkpoint', what, { ...wanted, note: asked, refused })
refusedNote('cosigned by one of two', signNote(text, [log, witnesses[1]]), 'checkpoint/quorum')
refusedNote('not signed by the log', signNote(text, [stranger, witnesses[0], witnesses[1]]), 'note/unsigned')
refusedNote('another size under the signatures', note.replace('\n5\n', '\n4\n'), 'note/bad-signature')
const otherLog = formatCheckpoint({ ...head, origin: 'clinic.example/other' })
refusedNote(
  'of another log',
  signNote(otherLog, [log, witnesses[0], witnesses[2]]),
  'checkpoint/other-origin',
)
refusedNote(
  'a size with a zero in front',
  signNote(text.replace('\n5\n', '\n05\n'), [log, witnesses[0], witnesses[2]]),
  'checkpoint/malformed',
)
refusedNote('without signatures', text, 'note/malformed')
refusedNote(
  'a wrong cosignature',
  note.replace(
    /(witness3\.example [A-Za-z0-9+/]{40})(.)/,
    (_, before, one) => `${before}${one === 'A' ? 'B' : 'A'}`,
  ),
  'note/bad-signature',
)

const proofOf = (index, fields = {}) =>
  formatProof({
    extra: leaves[index],
    index,
    hashes: inclusionProof(hashes, index),
    checkpoint: note,
    ...fields,
  })
for (const index of [0, 3, 4])
  add('receipt', `of leaf ${index}`, {
    ...trust,
    receipt: proofOf(index),
    leaf: encodeHex(leaves[index]),
    index,
    size: leaves.length,
  })
const refusedReceipt = (what, receipt, refused) => add('receipt', what, { ...trust, receipt, refused })
refusedReceipt('of another leaf', proofOf(0, { extra: leaves[1] }), 'tlog/not-included')
refusedReceipt('at another place', proofOf(0, { index: 1 }), 'tlog/not-included')
refusedReceipt('beyond the log', proofOf(0, { index: 5 }), 'tlog/not-included')
refusedReceipt(
  'a hash too few',
  proofOf(0, { hashes: inclusionProof(hashes, 0).slice(1) }),
  'tlog/not-included',
)
refusedReceipt('without a leaf', proofOf(0).replace(/extra .*\n/, ''), 'audit/bad-receipt')
refusedReceipt('of another format', proofOf(0).replace('@v1', '@v2'), 'tlog/bad-proof')
refusedReceipt(
  'under a checkpoint that too few cosigned',
  proofOf(0, { checkpoint: signNote(text, [log, witnesses[0]]) }),
  'checkpoint/quorum',
)

// The log of a clinic.

const said = {
  ...{ act: 'grants-given', by: 'nRIE2VmKdMjL1JD7tbV7fXVgXxmv0GKnMFWRUJMTf9Q', box: '' },
  ...{ ids: ['cGFja2FnZQ', '3'], device: '8TlG3IhiRH5sWhsIGSSRnAqf9zyhEl1ir4t4cbTRCk0', purpose: 'TREAT' },
}
const accessSalt = chance.bytes(32)
const accessEntry = encodeAccessEntry(said)
const request = { id: chance.bytes(16), sum: accessCommitment(accessSalt, accessEntry) }
add('access', 'records that were given', {
  ...{ salt: encodeHex(accessSalt), entry: encodeHex(accessEntry) },
  ...{ leaf: encodeHex(await clinicLeafCodec.encode(request, 41, startMs)), act: said.act, ids: said.ids },
})

freeze(
  'audit-v2',
  'entries, keys of patients, checkpoints and receipts of the audit log, docs/spec/audit-v2.md; node scripts/vectors/audit.mjs makes it again',
  cases,
)

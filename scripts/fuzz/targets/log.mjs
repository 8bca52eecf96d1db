/** Readers of `tlog` and `audit`: notes, proofs, policies, leaves, receipts, and a whole log. */
import * as access from '../../../packages/audit/dist/access.js'
import { fromAuditEvent, toAuditEvent } from '../../../packages/audit/dist/fhir.js'
import * as audit from '../../../packages/audit/dist/index.js'
import * as auditV1 from '../../../packages/audit/dist/v1.js'
import { SigningKey } from '../../../packages/core/dist/ed25519.js'
import { decodeCbor, encodeCbor } from '../../../packages/core/dist/encoding.js'
import { parseJson } from '../../../packages/core/dist/json.js'
import { AeadKey } from '../../../packages/core/dist/keys.js'
import { leafHash, treeRoot } from '../../../packages/core/dist/merkle.js'
import * as tlog from '../../../packages/tlog/dist/index.js'
import { bytesIn, filled, hex, objectsIn, target, textsIn, utf8 } from '../corpus.mjs'

const origin = 'clinic.example/audit'
const clock = { nowMs: () => 1_790_000_000_000 }
const logKey = tlog.ed25519Signer(origin, new SigningKey(filled(32, 1)))
const witness = tlog.cosigner('witness.example', new SigningKey(filled(32, 9)), clock)
const log = tlog.parseVerifierKey(logKey.verifierKey)
const cosignature = tlog.parseCosignatureKey(witness.verifierKey)
const policyText = `log ${logKey.verifierKey} https://log.example/\nwitness w ${witness.verifierKey}\ngroup g any w\nquorum g\n`
const policy = tlog.parsePolicy(policyText, { allowWeak: true })

const clinicLeaf = seq => encodeCbor({ v: 3, at: 1_000 + seq, id: filled(16, seq), seq, sum: filled(32, 1) })
const entryLeaf = seq =>
  encodeCbor({ v: 2, at: 1_000 + seq, seq, id: filled(16, seq), tag: filled(16, 1), body: filled(48, 0) })

/** A log of so many leaves as its files, without the writer. */
function logOf(leaves, signers = [logKey, witness]) {
  const hashes = leaves.map(leaf => leafHash(leaf))
  const note = tlog.signNote(
    tlog.formatCheckpoint({ origin, size: leaves.length, root: treeRoot(hashes), extensions: [] }),
    signers,
  )
  return {
    checkpoint: utf8(note),
    [tlog.bundlePath(0, leaves.length)]: tlog.encodeBundle(leaves),
    [tlog.tilePath(0, 0, leaves.length)]: tlog.encodeTile(hashes),
  }
}

const leaves = Array.from({ length: 5 }, (_, i) => clinicLeaf(i))
const entries = Array.from({ length: 5 }, (_, i) => entryLeaf(i))
const files = logOf(leaves)
const note = Buffer.from(files.checkpoint).toString()
const other = Buffer.from(logOf(entries, [logKey]).checkpoint).toString()
const trust = { log, policy }
const source = map => tlog.mapSource(new Map(Object.entries(map)))
const receiptText = await access.receipt(source(files), 2, trust)
const entryReceipt = await audit.receipt(source(logOf(entries)), 2, trust)
const fork = tlog.formatForkEvidence({ first: note, second: other })
const ask = tlog.formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: note })
const memory = () => {
  const kept = new Map()
  return { get: async key => kept.get(key) ?? null, put: async (key, value) => void kept.set(key, value) }
}

const notes = [
  target(
    'tlog/parseNote',
    () => [note, other],
    tlog.parseNote,
    ({ text, signatures }) => tlog.formatNote(text, signatures),
  ),
  target(
    'tlog/parseSignatureLine',
    () => note.trim().split('\n').slice(-2),
    tlog.parseSignatureLine,
    one => tlog.formatSignatureLine(one).slice(0, -1),
  ),
  target(
    'tlog/openNote',
    () => [note],
    text => tlog.openNote(text, [log, cosignature]),
    undefined,
    { weight: 0.3 },
  ),
  target(
    'tlog/parseCheckpoint',
    () => [tlog.parseNote(note).text, `${tlog.parseNote(note).text}more\n`],
    tlog.parseCheckpoint,
    tlog.formatCheckpoint,
  ),
  target(
    'tlog/verifyCheckpoint',
    () => [note],
    text => tlog.verifyCheckpoint(text, trust),
    undefined,
    { weight: 0.3 },
  ),
  target('tlog/parseVerifierKey', () => [logKey.verifierKey], tlog.parseVerifierKey, undefined, {
    weight: 0.5,
  }),
  target('tlog/parseCosignatureKey', () => [witness.verifierKey], tlog.parseCosignatureKey, undefined, {
    weight: 0.5,
  }),
  target('tlog/parseAddCheckpoint', () => [ask], tlog.parseAddCheckpoint, tlog.formatAddCheckpoint),
  target(
    'tlog/witness',
    () => [ask],
    async text => tlog.createWitness({ signer: witness, logs: [log], store: memory() }).addCheckpoint(text),
    undefined,
    { weight: 0.1, never: true },
  ),
  target(
    'tlog/parsePolicy',
    () => [policyText, `# none\nlog ${logKey.verifierKey}\nquorum none\n`],
    text => tlog.parsePolicy(text, { allowWeak: true }),
    undefined,
    { weight: 0.5 },
  ),
  target('tlog/parseProof', () => [receiptText], tlog.parseProof, tlog.formatProof),
  target('tlog/parseForkEvidence', () => [fork], tlog.parseForkEvidence, tlog.formatForkEvidence),
  target(
    'tlog/verifyFork',
    () => [fork],
    text => tlog.verifyFork(tlog.parseForkEvidence(text), log),
    undefined,
    { weight: 0.3 },
  ),
  target('tlog/decodeBundle', () => [tlog.encodeBundle(leaves)], tlog.decodeBundle, tlog.encodeBundle),
  target('tlog/decodeTile', () => [filled(96, 4)], tlog.decodeTile, tlog.encodeTile),
  target(
    'tlog/plainText',
    () => [note, `\ufeff${note.replaceAll('\n', '\r\n')}`],
    tlog.plainText,
    undefined,
    { never: true },
  ),
]

/** A map of names to files, of which whoever serves a log may give any. */
const verified = rules => input => {
  const map = decodeCbor(input)
  if (typeof map !== 'object' || map === null) return null
  const served = Object.entries(map).filter(([, file]) => file instanceof Uint8Array)
  return tlog.verifyLog(tlog.mapSource(new Map(served)), { log, policy, rules })
}

const whole = [
  target('tlog/verifyLog', () => [encodeCbor(files)], verified(access.clinicLeafRules), undefined, {
    weight: 0.1,
  }),
  target('audit/verifyLog', () => [encodeCbor(logOf(entries))], verified(audit.auditLeafRules), undefined, {
    weight: 0.1,
  }),
]

const record = {
  ...{ at: 1_790_000_000_000, actor: 'Dr. Okafor', action: 'read', patient: 'PAT-12345', outcome: 'success' },
  ...{ purposeOfUse: ['TREAT'], source: 'ward', detail: { resource: 'Observation/1', text: 'seen' } },
}
const recordLines = () => [
  JSON.stringify({
    actor: 'Dr. Okafor',
    action: 'read',
    patient: 'PAT-12345',
    source: 'ward',
    purpose_of_use: ['TREAT'],
  }),
  ...eventTexts(),
]
const eventTexts = () =>
  ['R4', 'R5'].map(version => JSON.stringify(toAuditEvent(record, { version, identify: true })))
const notice = () => [
  audit.encodeImportNotice({ format: 'chartseal/audit/v1', count: 5, root: filled(32, 6) }),
]
const accessEntries = () => bytesIn('own/break-glass-v2', 'entry')

const leafReaders = [
  target(
    'audit/decodeLeaf',
    () => entries,
    input => audit.decodeLeaf(input),
    audit.encodeLeaf,
    { weight: 2 },
  ),
  target('audit/readLeafHead', () => entries, audit.readLeafHead),
  target('audit/decodeRecord', () => [audit.encodeRecord(record)], audit.decodeRecord, audit.encodeRecord),
  target('audit/parseRecordLine', recordLines, line => audit.parseRecordLine(line, 5, 'R4')),
  target(
    'audit/fromAuditEvent R4',
    () => eventTexts().slice(0, 1),
    text => fromAuditEvent(parseJson(text), 'R4'),
  ),
  target(
    'audit/fromAuditEvent R5',
    () => eventTexts().slice(1),
    text => fromAuditEvent(parseJson(text), 'R5', { keepUnmapped: true }),
  ),
  target('audit/decodeImportNotice', notice, audit.decodeImportNotice, audit.encodeImportNotice),
  target(
    'audit/decodeClinicLeaf',
    () => [...leaves, encodeCbor({ v: 3, at: 1, id: filled(16, 1), seq: 1, text: 'said' })],
    input => access.decodeClinicLeaf(input),
  ),
  target('audit/decodeAccessEntry', accessEntries, access.decodeAccessEntry, access.encodeAccessEntry),
  target(
    'audit/openReceipt',
    () => [entryReceipt],
    text => audit.openReceipt(text, trust),
    undefined,
    { weight: 0.3 },
  ),
  target(
    'audit/openClinicReceipt',
    () => [receiptText],
    text => access.openClinicReceipt(text, trust),
    undefined,
    { weight: 0.3 },
  ),
]

const v1Key = new AeadKey(hex(objectsIn('seeds/medcrypt-audit', 'log_key')[0].log_key))
const v1Records = () => textsIn('seeds/medcrypt-audit', 'record', 'records', 'line', 'lines')
const first = [
  target('audit/v1 openEntry', v1Records, text => auditV1.openEntry(v1Key, text)),
  target('audit/v1 openEntry leniently', v1Records, text =>
    auditV1.openEntry(v1Key, text, { lenient: true }),
  ),
]

export const targets = [...notes, ...whole, ...leafReaders, ...first]

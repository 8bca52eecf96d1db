import { equal } from '@chartseal/core/bytes'
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import { leafHash } from '@chartseal/core/merkle'
import type { Random } from '@chartseal/core/ports'
import { agree, type CaseRunner, refusalOf } from '@chartseal/core/vectors'
import {
  openNote,
  parseCosignatureKey,
  parseNote,
  parsePolicy,
  parseVerifierKey,
  type Trust,
  verifyCheckpoint,
} from '@chartseal/tlog'
import { accessCommitment, decodeAccessEntry, encodeAccessEntry } from '../access/entry.js'
import { decodeClinicLeaf } from '../access/leaf.js'
import { openLeaf, SubjectKey, sealRecord, taggerOf } from '../body.js'
import { decodeLeaf, encodeLeaf } from '../entry.js'
import { canonicalPatientId } from '../patient-id.js'
import { openReceipt } from '../receipt.js'
import { encodeRecord } from '../record-cbor.js'
import { namerOf, unwrapSubject, wrapSubject } from '../wrapped-keys.js'

const scripted = (salt: Uint8Array): Random => ({ bytes: () => Uint8Array.from(salt) })

/** An entry opens under its key for its place, and sealed again is the same leaf. */
function entry(testCase: JsonObject): void {
  using key = new SubjectKey(testCase.hex('subject_key'))
  const leaf = testCase.hex('leaf')
  const place = { origin: testCase.text('origin'), seq: testCase.count('seq'), at: testCase.count('at') }
  const record = openLeaf(key, place.origin, leaf, place.seq)
  agree('the record', encodeRecord(record), testCase.hex('record'))
  const requestId = testCase.hex('id')
  const body = sealRecord(key, record, { ...place, requestId }, scripted(testCase.hex('salt')))
  const tag = taggerOf(key)(place.seq)
  agree('the leaf', encodeLeaf({ kind: 'sealed', ...place, requestId, tag, body }), leaf)
  agree('its hash', leafHash(leaf), testCase.hex('hash'))
}

function leaf(testCase: JsonObject): void {
  const bytes = testCase.hex('leaf')
  if (testCase.has('refused')) {
    agree(
      'the refusal',
      refusalOf(() => decodeLeaf(bytes)),
      testCase.text('refused'),
    )
    return
  }
  const read = decodeLeaf(bytes, testCase.count('seq'))
  agree('the line', read.kind === 'imported' ? read.line : null, testCase.hex('line'))
}

/** A leaf that does not open: its body was sealed rightly around what is no record, or for another place. */
function body(testCase: JsonObject): void {
  using key = new SubjectKey(testCase.hex('subject_key'))
  const open = (): unknown => openLeaf(key, testCase.text('origin'), testCase.hex('leaf'))
  agree('the refusal', refusalOf(open), testCase.text('refused'))
}

/** The key of a patient as it lies in the store. */
function wrapped(testCase: JsonObject): void {
  using key = new AeadKey(testCase.hex('log_key'))
  const logKey = { generation: testCase.count('generation'), key }
  const form = testCase.text('rule') === 'exact' ? 'exact' : 'plain'
  const patient = canonicalPatientId(testCase.text('patient'), form)
  const name = namerOf(logKey)(patient)
  agree('its name', name, testCase.text('name_of_key'))
  const bytes = testCase.hex('wrapped')
  const subject = unwrapSubject(logKey, name, bytes)
  agree('the patient', subject.patient, patient)
  agree('the key', subject.key?.reveal() ?? new Uint8Array(), testCase.hex('key'))
  agree('wrapped again', wrapSubject(logKey, name, subject, scripted(testCase.hex('salt'))), bytes)
}

function trustOf(testCase: JsonObject): Trust {
  return {
    log: parseVerifierKey(testCase.text('log')),
    policy: parsePolicy(testCase.text('policy'), { allowWeak: true }),
  }
}

function checkpoint(testCase: JsonObject): void {
  const note = testCase.text('note')
  const verify = (): ReturnType<typeof verifyCheckpoint> => verifyCheckpoint(note, trustOf(testCase))
  if (testCase.has('refused')) {
    agree('the refusal', refusalOf(verify), testCase.text('refused'))
    return
  }
  const { origin, size, root, witnesses } = verify()
  agree('the origin', origin, testCase.text('origin'))
  agree('the size', size, testCase.count('size'))
  agree('the root', root, testCase.hex('root'))
  agree('the witnesses', witnesses.join(' '), testCase.texts('witnesses').join(' '))
  for (const seen of testCase.objects('cosigned')) {
    const verifier = parseCosignatureKey(seen.text('key'))
    openNote(note, [verifier])
    const own = parseNote(note).signatures.find(({ keyId }) => equal(keyId, verifier.keyId))
    agree('when it was seen', own && verifier.timestampOf(own.signature), seen.integer('at_seconds'))
  }
}

function receipt(testCase: JsonObject): void {
  const open = (): ReturnType<typeof openReceipt> => openReceipt(testCase.text('receipt'), trustOf(testCase))
  if (testCase.has('refused')) {
    agree('the refusal', refusalOf(open), testCase.text('refused'))
    return
  }
  const opened = open()
  agree('the leaf', opened.leaf, testCase.hex('leaf'))
  agree('the index', opened.index, testCase.count('index'))
  agree('the size', opened.checkpoint.size, testCase.count('size'))
}

/** A leaf of a clinic's own log commits to an entry. */
function access(testCase: JsonObject): void {
  const bytes = testCase.hex('entry')
  const read = decodeClinicLeaf(testCase.hex('leaf'))
  agree('the commitment', 'sum' in read ? read.sum : null, accessCommitment(testCase.hex('salt'), bytes))
  const said = decodeAccessEntry(bytes)
  agree('what was done', said.act, testCase.text('act'))
  agree('with what', said.ids.join(' '), testCase.texts('ids').join(' '))
  agree('the entry', encodeAccessEntry(said), bytes)
}

const shown: Readonly<Record<string, CaseRunner>> = {
  entry,
  leaf,
  body,
  key: wrapped,
  checkpoint,
  receipt,
  access,
}

/** Entries, keys of patients, checkpoints and receipts: docs/spec/audit-v2.md. */
export const auditV2: CaseRunner = (testCase, context) => {
  const run = shown[testCase.text('shows')]
  if (run === undefined) throw new Error('internal: no case of this kind')
  return run(testCase, context)
}

/** Runners of the vector files of this format; see `@chartseal/core/vectors`. */
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { agree, type CaseRunner, type VectorRunners } from '@chartseal/core/vectors'
import { type AuditEntry, encodeBody } from './v1/body.js'
import { aad, openEntry, readAll, sealEntry } from './v1/record.js'
import { auditFhir } from './vectors/fhir.js'
import { logFiles } from './vectors/log-files.js'
import { auditV2 } from './vectors/v2.js'

const fieldNames = [
  ['ts', 'ts'],
  ['actor', 'actor'],
  ['action', 'action'],
  ['patient_id', 'patientId'],
] as const

/** A case lists entries with the records they became, or records and what the seed made of them. */
const auditCase: CaseRunner = testCase => {
  using key = new AeadKey(testCase.hex('log_key'))
  if (testCase.has('aad')) agree('the context', aad, testCase.hex('aad'))
  if (testCase.has('entries')) {
    for (const written of testCase.objects('entries')) sealAndOpen(key, written)
  }
  if (testCase.has('records')) {
    const seedVerdict = testCase.has('seed_verdict') ? testCase.text('seed_verdict') : 'accept'
    judge(key, testCase, true, seedVerdict)
    judge(key, testCase, false, strictVerdict(testCase) ?? seedVerdict)
  }
}

function sealAndOpen(key: AeadKey, written: JsonObject): void {
  const record = written.text('record')
  for (const lenient of [true, false]) {
    const entry = openEntry(key, record, { lenient })
    agreeOnFields(written, entry)
    if (written.has('read_back')) agreeOnFields(written.object('read_back'), entry)
  }
  const entry = openEntry(key, record)
  if (written.has('plaintext_utf8')) {
    agree('the sealed text', encodeBody(entry), written.hex('plaintext_utf8'))
  }
  if (written.has('nonce')) agree('the record', sealEntry(key, entry, scripted(written.hex('nonce'))), record)
}

function agreeOnFields(expected: JsonObject, entry: AuditEntry): void {
  for (const [name, field] of fieldNames) {
    if (expected.has(name)) agree(name, entry[field], expected.text(name))
  }
}

function scripted(nonce: Uint8Array): Random {
  return { bytes: () => Uint8Array.from(nonce) }
}

/** The seed reads all records or none, so `accept` means that every one was read. */
function judge(key: AeadKey, testCase: JsonObject, lenient: boolean, expected: string): void {
  const results = [...readAll(key, testCase.texts('records'), { lenient })]
  const entries = results.flatMap(result => ('entry' in result ? [result.entry] : []))
  const verdict = entries.length === results.length ? 'accept' : 'reject'
  agree(lenient ? 'the lenient verdict' : 'the strict verdict', verdict, expected)
  if (verdict === 'accept' && testCase.has('seed_reads')) {
    agree('how many were read', entries.length, testCase.list('seed_reads').length)
    entries.forEach((entry, i) => {
      agree(`action ${i}`, entry.action, testCase.texts('seed_reads')[i])
    })
  }
}

/** What a strict reader should answer, where the case says so in one word. */
function strictVerdict(testCase: JsonObject): string | undefined {
  return ['strict_decoder_should', 'should']
    .flatMap(field => (testCase.has(field) ? [testCase.text(field)] : []))
    .find(should => should === 'accept' || should === 'reject')
}

export const runners: VectorRunners = {
  'medcrypt-audit': auditCase,
  'audit-v2': auditV2,
  'audit-fhir-v2': auditFhir,
  'log-files-v2': logFiles,
}

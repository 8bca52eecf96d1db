import { execFileSync } from 'node:child_process'
import {
  type AuditEntry,
  type AuditEvent,
  auditLog,
  entryAt,
  openEntry,
  type ReadResult,
  readAll,
  sealEntry,
} from '@chartseal/audit/v1'
import { nonceBytes, open } from '@chartseal/core/aead'
import { decodeBase64, decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { memoryLog } from '@chartseal/core/memory'
import { codeOf, fixedClock, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const key = new AeadKey(new Uint8Array(32).fill(5))
const hostileText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '\\',
      '/',
      '\b',
      '\f',
      '\n',
      '\r',
      '\t',
      '\0',
      '\x1f',
      '\x7f',
      '\u2028',
      'é',
      '😀',
    ),
  }),
)
const event: fc.Arbitrary<AuditEvent> = fc.record({
  actor: hostileText,
  action: hostileText,
  patientId: hostileText,
})
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const timeMs = fc.integer({ min: new Date('0001-01-01T00:00:00Z').getTime(), max: lastMs })

/** The sealed text, opened without this package. */
function bodyOf(record: string): string {
  const bytes = decodeBase64(record)
  const sealed = { nonce: bytes.subarray(0, nonceBytes), ciphertext: bytes.subarray(nonceBytes) }
  return decodeUtf8(open(key, sealed, encodeUtf8('medcrypt-audit-log-v1')))
}

describe('laws of the audit log', () => {
  it('reads what it wrote, strictly and leniently, and only under the same key', async () => {
    const law = fc.asyncProperty(event, timeMs, async (happened, nowMs) => {
      const entry = entryAt(happened, fixedClock(nowMs))
      const record = sealEntry(key, entry)
      expect(openEntry(key, record)).toEqual({ ts: entry.ts, ...happened })
      expect(openEntry(key, record, { lenient: true })).toEqual(entry)
      expect(await codeOf(() => openEntry(new AeadKey(new Uint8Array(32)), record))).toBe('open/failed')
    })
    await fc.assert(law, propertyRuns())
  })

  it('seals JSON that any JSON reader reads, with its fields in order', () => {
    const law = fc.property(event, timeMs, (happened, nowMs) => {
      const entry = entryAt(happened, fixedClock(nowMs))
      const body = bodyOf(sealEntry(key, entry))
      const { ts, actor, action, patientId } = entry
      expect(Object.entries(JSON.parse(body))).toEqual(
        Object.entries({ ts, actor, action, patient_id: patientId }),
      )
      expect(body.startsWith(`{"ts": "${ts}", "actor": "`)).toBe(true)
    })
    fc.assert(law, propertyRuns())
  })

  it('gives one result for each record, whichever are broken', () => {
    const good = sealEntry(key, { ts: '2026-04-05T16:23:50+00:00', actor: 'a', action: 'b', patientId: 'c' })
    const record = fc.constantFrom(
      good,
      '',
      'MTIz',
      `${good}=`,
      good.replace(/^./, '-'),
      `A${good.slice(1, -1)}A`,
    )
    const law = fc.property(fc.array(record), records => {
      const results = [...readAll(key, records)]
      expect(results.map(result => result.index)).toEqual(records.map((_, i) => i))
      expect(results.map(result => 'entry' in result)).toEqual(records.map(text => text === good))
    })
    fc.assert(law, propertyRuns())
  })

  it('keeps every entry of concurrent appends, in the order of the calls', async () => {
    const law = fc.asyncProperty(fc.array(event, { maxLength: 30 }), async events => {
      const log = auditLog(key, memoryLog(), { clock: fixedClock(0) })
      const appended = await Promise.all(events.map(happened => log.append(happened)))
      expect(appended.map(({ index }) => index)).toEqual(events.map((_, i) => i))
      const results: ReadResult[] = []
      for await (const result of log.readAll()) results.push(result)
      const ts = '1970-01-01T00:00:00+00:00'
      expect(results).toEqual(events.map((happened, index) => ({ index, entry: { ts, ...happened } })))
      expect([
        ...readAll(
          key,
          appended.map(({ record }) => record),
        ),
      ]).toEqual(results)
    })
    await fc.assert(law, propertyRuns(30))
  })

  it('seals under a fresh nonce each time', () => {
    const entry = entryAt({ actor: '', action: '', patientId: '' }, fixedClock(0))
    const nonces = Array.from({ length: 1000 }, () => sealEntry(key, entry).slice(0, 16))
    expect(new Set(nonces).size).toBe(1000)
  })
})

describe('time', () => {
  it.each([
    [0, '1970-01-01T00:00:00+00:00'],
    [1, '1970-01-01T00:00:00.001000+00:00'],
    [1_775_406_230_120, '2026-04-05T16:23:50.120000+00:00'],
    [lastMs, '9999-12-31T23:59:59.999000+00:00'],
    [-62_135_596_800_000, '0001-01-01T00:00:00+00:00'],
  ])('%d ms is %s', (nowMs, ts) => {
    expect(entryAt({ actor: '', action: '', patientId: '' }, fixedClock(nowMs)).ts).toBe(ts)
  })
})

// The seed is Python: its own json and datetime are asked where they are installed.
const python = `
import json, sys
from datetime import datetime, timedelta, timezone
for line in sys.stdin:
    ms, fields = json.loads(line)
    at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)
    print(json.dumps(json.dumps({'ts': at.isoformat(), **fields}, ensure_ascii=False)))
`

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

it.skipIf(!hasPython())('writes the very text that Python writes', () => {
  const samples = fc.sample(fc.tuple(event, timeMs), propertyRuns(300))
  const input = samples.map(([{ patientId, ...rest }, ms]) =>
    JSON.stringify([ms, { ...rest, patient_id: patientId }]),
  )
  const output = execFileSync('python3', ['-c', python], {
    input: input.join('\n'),
    encoding: 'utf8',
    env: { ...process.env, PYTHONUTF8: '1' },
  })
  const texts: string[] = output
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const bodies = samples
    .map(([happened, ms]): AuditEntry => entryAt(happened, fixedClock(ms)))
    .map(entry => bodyOf(sealEntry(key, entry)))
  expect(bodies).toEqual(texts)
})

import { auditError, auditLog, openEntry, type ReadResult, readAll, sealEntry } from '@chartseal/audit/v1'
import { runners } from '@chartseal/audit/vectors'
import { seal } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { encodeBase64, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import { memoryLog } from '@chartseal/core/memory'
import { codeOf, codesRaised, fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const expectCode = codesRaised(auditError)
const keyBytes = new Uint8Array(32).fill(9)
const key = new AeadKey(keyBytes)
const aad = 'medcrypt-audit-log-v1'
const entry = { ts: '2026-04-05T16:23:50.000001+00:00', actor: 'Dr. A', action: 'read', patientId: 'P' }
const body = '{"ts": "2026-04-05T16:23:50+00:00", "actor": "a", "action": "b", "patient_id": "c"}'

/** A record that the holder of the key made of any bytes. */
function recordOf(plaintext: string | Uint8Array, context = aad): string {
  const bytes = typeof plaintext === 'string' ? encodeUtf8(plaintext) : plaintext
  const { nonce, ciphertext } = seal(key, bytes, encodeUtf8(context))
  return encodeBase64(concat(nonce, ciphertext))
}

describe('what anyone can see has its own code', () => {
  const good = sealEntry(key, entry)

  it.each([`${good}\n`, ` ${good}`, good.slice(0, -1), good.replace(/.$/, '-'), `\ufeff${good}`, 'é'])(
    'audit/not-base64: %j',
    async record => {
      await expectCode('audit/not-base64', () => openEntry(key, record))
    },
  )

  it('audit/too-short: less than nonce and tag', async () => {
    for (const record of ['', 'MTIz', encodeBase64(new Uint8Array(27))]) {
      await expectCode('audit/too-short', () => openEntry(key, record))
    }
  })
})

describe('what is decided with the key has one answer', () => {
  it('for a changed byte anywhere', async () => {
    const bytes = Buffer.from(sealEntry(key, entry), 'base64')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte))
      expect(await codeOf(() => openEntry(key, encodeBase64(changed)))).toBe('open/failed')
    }
  })

  it('for another context', async () => {
    expect(await codeOf(() => openEntry(key, recordOf(body, 'medcrypt-audit-log-v2')))).toBe('open/failed')
  })

  it.each([
    ['not UTF-8', Uint8Array.of(0xff)],
    ['empty', ''],
    ['not JSON', 'entry'],
    ['no object', '[]'],
    ['a field missing', '{"ts": "2026-04-05T16:23:50+00:00", "actor": "a", "action": "b"}'],
    ['a field of another type', body.replace('"c"', '1')],
  ])('for a text that is no entry in any mode: %s', async (_, plaintext) => {
    for (const lenient of [false, true]) {
      expect(await codeOf(() => openEntry(key, recordOf(plaintext), { lenient }))).toBe('open/failed')
    }
  })

  it.each([
    ['other separators', body.replaceAll(', ', ',')],
    ['other order', '{"actor": "a", "ts": "2026-04-05T16:23:50+00:00", "action": "b", "patient_id": "c"}'],
    ['a field more', body.replace('}', ', "more": ""}')],
    ['a needless escape', body.replace('"a"', '"\\u0061"')],
    ['fraction that is zero', body.replace('50+', '50.000000+')],
    ['milliseconds', body.replace('50+', '50.123+')],
    ['another zone', body.replace('+00:00', '+02:00')],
    ['Z', body.replace('+00:00', 'Z')],
    ['a day that is not', body.replace('2026-04-05', '2026-02-30')],
    ['a month that is not', body.replace('2026-04-05', '2026-13-05')],
    ['the year 0', body.replace('2026', '0000')],
  ])('strictly, for another spelling, which lenient mode reads: %s', async (_, plaintext) => {
    const record = recordOf(plaintext)
    expect(await codeOf(() => openEntry(key, record))).toBe('open/failed')
    expect(openEntry(key, record, { lenient: true })).toMatchObject({
      actor: 'a',
      action: 'b',
      patientId: 'c',
    })
    expect(openEntry(key, recordOf(body)).ts).toBe('2026-04-05T16:23:50+00:00')
  })

  it('lenient mode reads base64 as the seed does', () => {
    const record = sealEntry(key, entry)
    for (const spelling of [`${record}\n`, `${record.slice(0, 8)} ${record.slice(8)}`, `-${record}`]) {
      expect(openEntry(key, spelling, { lenient: true })).toEqual(entry)
    }
  })
})

describe('a list', () => {
  it('shows what is readable beside what is not, with its reason', async () => {
    const log = memoryLog([Uint8Array.of(0xff), encodeUtf8('MTIz')])
    const audit = auditLog(key, log, { clock: fixedClock(0) })
    const { record } = await audit.append({ actor: '', action: 'x', patientId: '' })
    await log.append(encodeUtf8(`\ufeff${record}`))
    const found: ReadResult[] = []
    for await (const result of audit.readAll({ lenient: false })) found.push(result)
    const reasons = found.map(result => ('error' in result ? result.error.code : result.entry.action))
    expect(reasons).toEqual(['audit/not-base64', 'audit/too-short', 'x', 'audit/not-base64'])
    const late: number[] = []
    for await (const { index } of audit.readAll({ from: 2 })) late.push(index)
    expect([late, audit.length]).toEqual([[2, 3], 4])
  })

  it('cannot tell that entries were dropped, swapped or repeated: limit of the seed format', () => {
    const [a, b] = [sealEntry(key, entry), sealEntry(key, { ...entry, action: 'write' })]
    for (const records of [[a], [b, a], [a, a, b], []]) {
      expect([...readAll(key, records)].every(result => 'entry' in result)).toBe(true)
    }
  })
})

describe('misuse is loud', () => {
  it('a wiped key is not taken for bad records', async () => {
    const wiped = new AeadKey(keyBytes)
    const record = sealEntry(wiped, entry)
    wiped.wipe()
    expect(await codeOf(() => sealEntry(wiped, entry))).toBe('key/wiped')
    expect(await codeOf(() => [...readAll(wiped, [record])])).toBe('key/wiped')
  })

  it('a lone surrogate cannot be sealed, instead of being replaced silently', async () => {
    expect(await codeOf(() => sealEntry(key, { ...entry, actor: '\ud800' }))).toBe('encoding/invalid')
  })

  it('a time that is none is refused', async () => {
    expect(() => sealEntry(key, { ...entry, ts: '2026-04-05 16:23:50' })).toThrow(RangeError)
    for (const nowMs of [0.5, Number.NaN, Date.UTC(10_000, 0), -62_135_596_800_001]) {
      const audit = auditLog(key, memoryLog(), { clock: fixedClock(nowMs) })
      await expect(audit.append({ actor: '', action: '', patientId: '' })).rejects.toThrow(RangeError)
    }
  })
})

describe('the vector runner', () => {
  const log_key = Buffer.from(keyBytes).toString('hex')
  const good = sealEntry(key, entry)
  const run = async (testCase: object): Promise<string> => {
    const whole = new JsonObject({ log_key, ...testCase })
    const context = { file: whole, sibling: () => whole, engine: defaultEngine() }
    return codeOf(() => runners['medcrypt-audit']?.(whole, context))
  }

  it('judges lenient and strict mode apart', async () => {
    const records = [`${good}\n`]
    expect(await run({ records, seed_verdict: 'accept', strict_decoder_should: 'reject' })).toBe('accepted')
    expect(await run({ records, seed_verdict: 'accept', should: 'reject' })).toBe('accepted')
    expect(await run({ records, seed_verdict: 'accept' })).toMatch(/strict verdict differs/)
    expect(await run({ records, seed_verdict: 'reject', should: 'reject' })).toMatch(
      /lenient verdict differs/,
    )
    expect(await run({ records: [good], should: 'limit of the seed format' })).toBe('accepted')
  })

  it('notices each thing that a case says', async () => {
    expect(await run({ records: [good], seed_verdict: 'accept', seed_reads: ['read'] })).toBe('accepted')
    expect(await run({ records: [good], seed_verdict: 'accept', seed_reads: ['other'] })).toMatch(/action 0/)
    expect(await run({ records: [good], seed_verdict: 'accept', seed_reads: [] })).toMatch(/how many/)
    expect(await run({ entries: [{ record: good, actor: 'Dr. A' }] })).toBe('accepted')
    expect(await run({ aad: '00', entries: [] })).toMatch(/context differs/)
    expect(await run({ entries: [{ record: good, actor: 'Dr. B' }] })).toMatch(/actor differs/)
    expect(await run({ entries: [{ record: good, read_back: { ts: '' } }] })).toMatch(/ts differs/)
    expect(await run({ entries: [{ record: good, plaintext_utf8: '' }] })).toMatch(/sealed text differs/)
    expect(await run({ entries: [{ record: good, nonce: '00'.repeat(12) }] })).toMatch(/the record differs/)
  })
})

import { createHash, createHmac, hkdfSync } from 'node:crypto'
import {
  type AuditRecord,
  decodeLeaf,
  decodeRecord,
  encodeLeaf,
  encodeRecord,
  entryCodec,
  importedLines,
  importRecord,
  maxLeafBytes,
  openLeaf,
  openSubjectKeys,
  type ScanResult,
  SubjectKey,
  type SubjectKeys,
  scanAll,
  scanSubject,
} from '@chartseal/audit'
import { openBytes } from '@chartseal/core/chunked'
import { decodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { memoryKeyValue } from '@chartseal/core/memory'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyRecord, atMs, origin, sample } from './entry-helpers.js'

const openKeys = (): Promise<SubjectKeys> =>
  openSubjectKeys({ store: memoryKeyValue(), logKeys: memoryKeyValue() })
const idOf = (number: number): Uint8Array => new Uint8Array(16).fill(number)

async function all<Result>(results: AsyncIterable<Result>): Promise<Result[]> {
  const found: Result[] = []
  for await (const result of results) found.push(result)
  return found
}

/** A log of these records, one leaf each. */
async function leavesOf(keys: SubjectKeys, records: readonly AuditRecord[]): Promise<Uint8Array[]> {
  const codec = entryCodec({ origin, keys })
  return Promise.all(records.map((record, seq) => codec.encode({ id: idOf(seq), record }, seq, atMs + seq)))
}

describe('a record', () => {
  it('comes back from its encoding, which is the only one', () => {
    fc.assert(
      fc.property(anyRecord, record => {
        const bytes = encodeRecord(record)
        expect(decodeRecord(bytes)).toEqual(record)
        expect(encodeRecord(decodeRecord(bytes))).toEqual(bytes)
      }),
      propertyRuns(),
    )
  })
})

describe('a leaf', () => {
  it('is the map of docs/spec/audit-entry.md, padded so that lengths tell little', async () => {
    const keys = await openKeys()
    const short = { ...sample, detail: {} }
    const [one, two] = await leavesOf(keys, [short, { ...short, actor: 'Practitioner/somebody-else' }])
    const map = decodeCbor(one ?? new Uint8Array(0))
    expect(Object.keys(Object(map)).sort()).toEqual(['at', 'body', 'id', 'seq', 'tag', 'v'])
    expect(map).toMatchObject({ v: 2, seq: 0, at: atMs, id: idOf(0) })
    // 56 bytes of header, one tag, one block of 256.
    expect(Object(map).body.length).toBe(56 + 256 + 16)
    expect(one?.length).toBe(two?.length)
  })

  it('is what docs/spec/audit-entry.md says, made by other means', async () => {
    const keys = await openKeys()
    const leaf = Object(decodeCbor((await leavesOf(keys, [{ ...sample, detail: {} }, sample]))[1] ?? idOf(0)))
    using key = await keys.keyOf(sample.patient)
    const tagKey = hkdfSync('sha256', key.reveal(), '', 'chartseal/audit-tag/v2', 32)
    const seq = Buffer.from('0000000000000001', 'hex')
    const tag = createHmac('sha256', Buffer.from(tagKey)).update(seq).digest().subarray(0, 16)
    expect(Buffer.from(leaf.tag).equals(tag)).toBe(true)
    const time = Buffer.alloc(8)
    time.writeBigUInt64BE(BigInt(atMs + 1))
    const place = [Buffer.from([0, origin.length]), Buffer.from(origin), seq, time, Buffer.from(idOf(1))]
    const padded = openBytes(key, leaf.body, Buffer.concat([Buffer.from('chartseal/audit/v2'), ...place]))
    const record = encodeRecord(sample)
    expect(padded.length % 256).toBe(0)
    expect([padded.slice(0, record.length), padded[record.length]]).toEqual([record, 0x80])
    expect(padded.slice(record.length + 1).every(byte => byte === 0)).toBe(true)
  })

  it('opens under its subject key, in its place and log, and nowhere else', async () => {
    const keys = await openKeys()
    const [leaf = new Uint8Array(0)] = await leavesOf(keys, [sample])
    const key = await keys.keyOf(sample.patient)
    expect(openLeaf(key, origin, leaf, 0)).toEqual(sample)
    const other = await keys.keyOf(null)
    expect(await codeOf(() => openLeaf(other, origin, leaf))).toBe('open/failed')
    expect(await codeOf(() => openLeaf(key, 'elsewhere.example', leaf))).toBe('open/failed')
    expect(await codeOf(() => openLeaf(key, origin, leaf, 1))).toBe('audit/bad-leaf')
    const sealed = decodeLeaf(leaf)
    if (sealed.kind !== 'sealed') throw new Error('the leaf is not sealed')
    for (const changed of [{ at: atMs + 1 }, { seq: 1 }, { requestId: idOf(9) }, { tag: idOf(9) }]) {
      const moved = encodeLeaf({ ...sealed, ...changed })
      expect(await codeOf(() => openLeaf(key, origin, moved))).toBe('open/failed')
    }
    key.wipe()
    expect(await codeOf(() => openLeaf(key, origin, leaf))).toBe('key/wiped')
  })

  it('holds up to 65,535 bytes', async () => {
    const line = new Uint8Array(maxLeafBytes - 27)
    const leaf = encodeLeaf({ kind: 'imported', seq: 0, at: 0, line })
    expect([leaf.length <= maxLeafBytes, decodeLeaf(leaf, 0)]).toEqual([
      true,
      { kind: 'imported', seq: 0, at: 0, line },
    ])
    const tooLong = { kind: 'imported', seq: 0, at: 0, line: new Uint8Array(maxLeafBytes) } as const
    expect(await codeOf(() => encodeLeaf(tooLong))).toBe('audit/leaf-too-large')
  })

  it('is refused or read back as it was, whichever byte changes', async () => {
    const keys = await openKeys()
    const [leaf = new Uint8Array(0)] = await leavesOf(keys, [sample])
    const key = await keys.keyOf(sample.patient)
    for (let at = 0; at < leaf.length; at++) {
      const changed = leaf.slice()
      changed[at] = (changed[at] ?? 0) ^ 0x01
      expect(['audit/bad-leaf', 'open/failed']).toContain(
        await codeOf(() => openLeaf(key, origin, changed, 0)),
      )
    }
  })
})

describe('scanning', () => {
  const patients = ['Patient/a', 'Patient/b', null, 'Patient/a', 'Patient/c', 'Patient/a']
  const records = patients.map((patient, i) => ({ ...sample, patient, actor: `Practitioner/${i}` }))

  it('finds one subject’s entries with his key alone', async () => {
    const keys = await openKeys()
    const leaves = await leavesOf(keys, records)
    const found = await all(scanSubject(await keys.keyOf('Patient/a'), origin, leaves))
    expect(found).toEqual([0, 3, 5].map(seq => ({ seq, at: atMs + seq, record: records[seq] })))
    const later = await all(scanSubject(await keys.keyOf('Patient/a'), origin, leaves.slice(3), 3))
    expect(later.map(({ seq }) => seq)).toEqual([3, 5])
  })

  it('reads everything with all keys, and says what it cannot read', async () => {
    const keys = await openKeys()
    const leaves = await leavesOf(keys, records)
    const line = encodeUtf8('old line')
    leaves.push(encodeLeaf({ kind: 'imported', seq: 6, at: 1, line }), Uint8Array.of(1))
    const stranger = SubjectKey.generate({ bytes: size => new Uint8Array(size).fill(7) })
    const some = (await keys.all()).filter(key => key !== undefined)
    const results = await all(scanAll([stranger, ...some], origin, leaves))
    const kinds = results.map(result => result.kind)
    expect(kinds).toEqual([...records.map(() => 'entry'), 'imported', 'bad'])
    expect(results.flatMap(result => (result.kind === 'entry' ? [result.record] : []))).toEqual(records)
    const blind: ScanResult[] = await all(scanAll([stranger], origin, leaves.slice(0, 1)))
    expect(blind).toEqual([{ kind: 'sealed', seq: 0, at: atMs }])
  })

  it('reports a leaf that was changed and goes on', async () => {
    const keys = await openKeys()
    const leaves = await leavesOf(keys, records)
    const broken = leaves[3] ?? new Uint8Array(0)
    // The last byte of the map is the first of its last value; somewhere in the body.
    broken[200] = (broken[200] ?? 0) ^ 1
    const found = await all(scanSubject(await keys.keyOf('Patient/a'), origin, leaves))
    expect(found.map(result => ('error' in result ? result.error.code : result.seq))).toEqual([
      0,
      'open/failed',
      5,
    ])
    const wiped = await keys.keyOf('Patient/a')
    wiped.wipe()
    await expect(all(scanSubject(wiped, origin, leaves))).rejects.toMatchObject({ code: 'key/wiped' })
  })
})

describe('the codec', () => {
  it('recognizes its leaves by id and content', async () => {
    const keys = await openKeys()
    const codec = entryCodec({ origin, keys })
    const request = { id: idOf(1), record: sample }
    const leaf = await codec.encode(request, 5, atMs)
    expect([codec.idOf(request), codec.idOfLeaf(leaf)]).toEqual([idOf(1), idOf(1)])
    expect(await codec.holds(leaf, 5, request)).toBe(true)
    expect(await codec.holds(leaf, 5, { id: idOf(2), record: sample })).toBe(false)
    expect(await codec.holds(leaf, 5, { id: idOf(1), record: { ...sample, actor: 'Practitioner/b' } })).toBe(
      false,
    )
    expect(await codec.holds(leaf, 5, { id: idOf(1), record: { ...sample, patient: null } })).toBe(false)
    expect(await codec.holds(leaf, 5, { id: idOf(1), record: { ...sample, patient: 'nobody' } })).toBe(false)
    expect(await codec.holds(leaf, 5, { id: idOf(1), line: idOf(1) })).toBe(false)
    await keys.shred('Patient/p-1')
    expect(await codeOf(() => codec.holds(leaf, 5, request))).toBe('audit/shredded')
    expect(() => codec.idOf({ id: new Uint8Array(15), record: sample })).toThrow(RangeError)
  })

  it('makes no key for a record that is refused', async () => {
    const keys = await openKeys()
    const record = { ...sample, actor: '' }
    const encode = (): Promise<Uint8Array> =>
      entryCodec({ origin, keys }).encode({ id: idOf(1), record }, 0, atMs)
    expect(await codeOf(encode)).toBe('audit/bad-record')
    expect(await codeOf(() => keys.keyOf(sample.patient))).toBe('audit/no-subject-key')
  })

  it('takes over lines as they are, and records that nothing proves them', async () => {
    const keys = await openKeys()
    const codec = entryCodec({ origin, keys })
    const lines = ['b25l', 'dHdv'].map(line => encodeUtf8(line))
    const leaf = await codec.encode({ id: idOf(1), line: lines[0] ?? idOf(0) }, 0, atMs)
    expect(decodeLeaf(leaf, 0)).toEqual({ kind: 'imported', seq: 0, at: atMs, line: lines[0] })
    expect(codec.idOfLeaf(leaf)).toBeNull()
    expect(await codec.holds(leaf, 0, { id: idOf(9), line: lines[0] ?? idOf(0) })).toBe(true)
    expect(await codec.holds(leaf, 0, { id: idOf(9), record: sample })).toBe(false)
    const imported = importedLines('medcrypt-audit', lines)
    const sha256 = Uint8Array.from(createHash('sha256').update('b25l\ndHdv\n').digest())
    expect(imported).toEqual({ format: 'medcrypt-audit', records: 2, sha256 })
    const record = importRecord({ at: atMs, actor: 'admin', source: 'Device/importer' }, imported)
    const [sealed = idOf(0)] = await leavesOf(keys, [record])
    expect(openLeaf(await keys.keyOf(null), origin, sealed)).toEqual(record)
    expect(record).toMatchObject({ action: 'import', patient: null })
  })
})

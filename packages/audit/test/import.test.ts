import {
  auditLeafRules,
  decodeImportNotice,
  encodeImportNotice,
  importNotice,
  readLeafHead,
} from '@chartseal/audit'
import { sealEntry } from '@chartseal/audit/v1'
import { type CborValue, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { leafHash, treeRoot } from '@chartseal/core/merkle'
import { buildLog, hostileBytes, propertyRuns } from '@chartseal/testkit'
import { mapSource, verifyTree } from '@chartseal/tlog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryLeaf, startMs } from './log-leaves.js'

const key = new AeadKey(new Uint8Array(32).fill(7))
const format = 'chartseal/audit/v1'
const records = ['login', 'read', 'write'].map(action =>
  encodeUtf8(sealEntry(key, { ts: '2026-04-05T16:23:50+00:00', actor: 'Dr. A', action, patientId: 'P' })),
)

/** The leaf of an imported line. */
const lineLeaf = (line: Uint8Array, seq: number): Uint8Array =>
  encodeCbor({ v: 2, at: startMs + seq, seq, line })

/** The log of two entries, an import, and one entry more. */
function imported(
  notice = importNotice(format, records),
  kept: readonly Uint8Array[] = records,
): Uint8Array[] {
  const lines = [encodeImportNotice(notice), ...kept]
  const leaves = lines.map((line, i) => lineLeaf(line, 2 + i))
  return [entryLeaf(0), entryLeaf(1), ...leaves, entryLeaf(2 + leaves.length)]
}

async function found(leaves: readonly Uint8Array[]): Promise<readonly (readonly [string, object])[]> {
  const { files, head } = buildLog(leaves)
  return (await verifyTree(mapSource(files), head, { rules: auditLeafRules })).map(({ code, context }) => [
    code,
    { ...context },
  ])
}

describe('the records of a seed', () => {
  it('stand in the log as they are, behind a notice', async () => {
    const leaves = imported()
    expect(await found(leaves)).toEqual([])
    const lines = leaves.slice(2, 6).map(leaf => readLeafHead(leaf)?.content ?? new Uint8Array())
    const root = treeRoot(records.map(record => leafHash(record)))
    expect(decodeImportNotice(lines[0] ?? new Uint8Array())).toEqual({ format, count: 3, root })
    expect(lines.slice(1)).toEqual(records)
  })

  it('of any bytes, and any number', async () => {
    const law = fc.asyncProperty(fc.array(hostileBytes(), { maxLength: 20 }), async many => {
      const leaves = imported(importNotice(format, many), many)
      expect(await found(leaves)).toEqual([])
      expect(leaves.map(leaf => readLeafHead(leaf)?.seq)).toEqual(leaves.map((_, i) => i))
    })
    await fc.assert(law, propertyRuns(50))
  })

  it('audit/import-broken: fewer, others, or in another order than the notice says', async () => {
    const notice = importNotice(format, records)
    const broken = (reason: string): object => ['audit/import-broken', { index: 2, reason }]
    const fewer = 'it names 3 lines and 2 follow'
    const others = 'other lines follow than it names'
    expect(await found(imported(notice, records.slice(1)))).toEqual([broken(fewer)])
    expect(await found(imported(notice, [...records].reverse()))).toEqual([broken(others)])
    expect(await found(imported(notice, records.slice(0, 2)).slice(0, -1))).toEqual([broken(fewer)])
    const spoilt = imported()
    spoilt[4] = encodeCbor('no leaf')
    const codes = (await found(spoilt)).map(([code]) => code)
    expect(codes).toEqual(['audit/bad-entry', 'audit/import-broken', 'audit/not-imported'])
  })

  it('audit/not-imported: more than the notice says, or without one', async () => {
    const notice = importNotice(format, records.slice(0, 2))
    expect(await found(imported(notice))).toEqual([['audit/not-imported', { index: 5 }]])
    const stray = [entryLeaf(0), lineLeaf(Uint8Array.of(1), 1)]
    expect(await found(stray)).toEqual([['audit/not-imported', { index: 1 }]])
  })

  it('does not excuse a leaf that was edited afterwards', async () => {
    const leaves = imported()
    const { files, head } = buildLog(leaves)
    const other = leaves.map((leaf, i) => (i === 4 ? lineLeaf(Uint8Array.of(1), 4) : leaf))
    const edited = new Map([
      ...files,
      ...[...buildLog(other).files].filter(([name]) => name.includes('entries')),
    ])
    const findings = await verifyTree(mapSource(edited), head, { rules: auditLeafRules })
    expect(findings.map(({ code }) => code)).toEqual(['verify/edited'])
  })
})

describe('what leaves say of themselves', () => {
  it('audit/clock-backwards: which leaf, once for each step back that no correction explains', async () => {
    const times = [5, 5, 0, 1, 9, 3].map(seconds => seconds * 1000)
    const leaves = times.map((ms, seq) => entryLeaf(seq, ms))
    expect(await found(leaves)).toEqual([['audit/clock-backwards', { index: 5, atMs: 3000, beforeMs: 9000 }]])
    const { files, head } = buildLog(leaves)
    const notes: object[] = []
    const onNote = ({ code, context }: { code: string; context: object }) =>
      notes.push([code, { ...context }])
    await verifyTree(mapSource(files), head, { rules: auditLeafRules, onNote })
    expect(notes).toEqual([['audit/clock-backwards', { index: 2, atMs: 0, beforeMs: 5000 }]])
  })

  it('audit/bad-entry: what is no leaf, though it was signed', async () => {
    const leaves = [entryLeaf(0), Uint8Array.of(1, 2, 3), new Uint8Array(), entryLeaf(3)]
    expect(await found(leaves)).toEqual([1, 2].map(index => ['audit/bad-entry', { index }]))
  })

  it('audit/not-imported: a notice that is none', async () => {
    const good = { before: 'unproven', count: 0, format, root: treeRoot([]) }
    const notices: readonly CborValue[] = [
      { ...good, before: 'proven' },
      { ...good, root: new Uint8Array(31) },
      { ...good, count: -1 },
      { ...good, more: 1 },
      {},
    ]
    expect(await found([lineLeaf(encodeCbor(good), 0)])).toEqual([])
    for (const notice of notices) {
      expect(await found([lineLeaf(encodeCbor(notice), 0)])).toEqual([['audit/not-imported', { index: 0 }]])
    }
  })

  it('a log whose writer signed a gap, a repetition or another order', async () => {
    const leaves = [0, 1, 4, 5, 6].map(seq => entryLeaf(seq))
    const evidence = 'seq'
    expect(await found(leaves)).toEqual([['verify/deleted', { index: 2, count: 2, evidence }]])
    const twice = [0, 1, 2, 2, 3, 4].map(seq => entryLeaf(seq))
    expect(await found(twice)).toEqual([['verify/duplicated', { index: 2, count: 1, place: 3, evidence }]])
    const swapped = [0, 1, 3, 4, 2].map(seq => entryLeaf(seq))
    expect(await found(swapped)).toEqual([['verify/reordered', { index: 2, count: 1, place: 4, evidence }]])
  })
})

describe('the head of a leaf', () => {
  const entry = {
    v: 2,
    at: startMs,
    seq: 70_000,
    id: new Uint8Array(16),
    tag: new Uint8Array(16),
    body: new Uint8Array(9),
  }
  const imported = { v: 2, at: 1, seq: 3, line: Uint8Array.of(7) }

  it('is read from the two maps, and from nothing else', () => {
    const { id: requestId, tag, body: content, seq, at } = entry
    expect(readLeafHead(encodeCbor(entry))).toMatchObject({
      kind: 'sealed',
      seq,
      at,
      requestId,
      tag,
      content,
    })
    const none = new Uint8Array()
    const line = { requestId: none, tag: none, content: Uint8Array.of(7) }
    expect(readLeafHead(encodeCbor(imported))).toMatchObject({ kind: 'imported', seq: 3, at: 1, ...line })
    const refused: readonly CborValue[] = [
      ...[entry, imported].flatMap(good => [
        { ...good, v: 1 },
        { ...good, v: '2' },
        { ...good, seq: -1 },
        { ...good, at: -1 },
        { ...good, seq: 'x' },
        { ...good, at: 2n ** 53n },
        { ...good, more: 1 },
      ]),
      { ...entry, id: new Uint8Array(15) },
      { ...entry, tag: new Uint8Array(17) },
      { ...entry, body: 'text' },
      { ...entry, line: Uint8Array.of(7) },
      { v: 2, at: 1, seq: 3, body: Uint8Array.of(7) },
      { v: 2, at: 1, seq: 3 },
      [1],
      null,
    ]
    for (const value of refused) expect([value, readLeafHead(encodeCbor(value))]).toEqual([value, null])
  })

  it('with anything changed in its syntax there is none', () => {
    const good = [
      0xa4,
      0x61,
      0x76,
      2,
      0x62,
      0x61,
      0x74,
      1,
      0x63,
      0x73,
      0x65,
      0x71,
      3,
      0x64,
      ...encodeUtf8('line'),
      0x41,
      7,
    ]
    expect(readLeafHead(Uint8Array.from(good))?.seq).toBe(3)
    const withSeq = (...seq: readonly number[]): number[] => [...good.slice(0, 12), ...seq, ...good.slice(13)]
    const bad = [
      [...good, 0],
      good.slice(0, -1),
      [0xa3, ...good.slice(1)],
      [0xb8, 4, ...good.slice(1)],
      withSeq(0x18, 3),
      withSeq(0x19, 0, 30),
      withSeq(0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0),
      withSeq(0x1c),
      [0xa4, ...good.slice(4, 8), ...good.slice(1, 4), ...good.slice(8)],
      [0xa4, 0x78, 1, 0x76, 2, ...good.slice(4)],
      [0xbf, ...good.slice(1), 0xff],
      [...good.slice(0, -2), 0x5a, 0xff, 0xff, 0xff, 0xff],
      [],
    ]
    for (const bytes of bad) expect([bytes, readLeafHead(Uint8Array.from(bytes))]).toEqual([bytes, null])
    expect(readLeafHead(Uint8Array.from(withSeq(0x19, 1, 0)))?.seq).toBe(256)
  })

  it('agrees with the strict decoder on whatever it accepts', () => {
    const law = fc.property(fc.nat(), fc.nat(), fc.nat(), hostileBytes(40), (seq, at, byte, line) => {
      const changed = encodeCbor({ v: 2, at, seq, line })
      changed[byte % changed.length] = byte
      const head = readLeafHead(changed)
      if (head === null) return
      expect(encodeCbor({ v: 2, at: head.at, seq: head.seq, line: head.content })).toEqual(changed)
    })
    fc.assert(law, propertyRuns(300))
  })

  it('a root of another size cannot be written', () => {
    expect(() => encodeImportNotice({ format, count: 0, root: new Uint8Array(31) })).toThrow(RangeError)
  })
})

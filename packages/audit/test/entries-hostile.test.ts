import {
  type AuditRecord,
  checkEntry,
  decodeLeaf,
  decodeRecord,
  encodeLeaf,
  encodeRecord,
  entryCodec,
  entryError,
  openLeaf,
  openSubjectKeys,
} from '@chartseal/audit'
import { encodeCbor } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import { memoryKeyValue } from '@chartseal/core/memory'
import { codeOf, codesRaised, hostileBytes, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atMs, origin, sample } from './entry-helpers.js'

const expectCode = codesRaised(entryError, [
  // Raised in receipt.test.ts.
  'audit/bad-receipt',
])
const id = new Uint8Array(16)
const leaf = { v: 2, seq: 3, at: atMs, id, tag: id, body: new Uint8Array(328) }

describe('a leaf', () => {
  it('is refused in another encoding, of another version, or for another place', async () => {
    const { body, ...noBody } = leaf
    const bad = [
      Uint8Array.of(),
      Uint8Array.of(0xa0, 0),
      encodeCbor([1]),
      encodeCbor(noBody),
      encodeCbor({ ...leaf, v: '2' }),
      encodeCbor({ ...leaf, seq: -1 }),
      encodeCbor({ ...leaf, seq: 2n ** 60n }),
      encodeCbor({ ...leaf, at: '1' }),
      encodeCbor({ ...leaf, id: new Uint8Array(15) }),
      encodeCbor({ ...leaf, tag: new Uint8Array(17) }),
      encodeCbor({ ...leaf, more: 1 }),
      encodeCbor({ ...leaf, line: body }),
      encodeCbor({ v: 2, seq: 3, at: 1, line: 'text' }),
      encodeCbor({ v: 1, seq: 3, at: 1, line: body }),
      encodeCbor({ ...noBody, v: 3 }),
      new Uint8Array(65_536),
    ]
    for (const bytes of bad) await expectCode('audit/bad-leaf', () => decodeLeaf(bytes))
    await expectCode('audit/bad-leaf', () => decodeLeaf(encodeCbor(leaf), 4))
    expect(decodeLeaf(encodeCbor(leaf), 3)).toMatchObject({ kind: 'sealed', seq: 3 })
    await expectCode('audit/leaf-too-large', () =>
      encodeLeaf({ kind: 'imported', seq: 0, at: 0, line: new Uint8Array(65_536) }),
    )
  })

  it('of any bytes is refused with a code', async () => {
    await fc.assert(
      fc.asyncProperty(hostileBytes(), async bytes => {
        expect(['audit/bad-leaf', 'accepted']).toContain(await codeOf(() => decodeLeaf(bytes)))
      }),
      propertyRuns(),
    )
  })

  it('with a tag that fits and a body that does not open is open/failed', async () => {
    const keys = await openSubjectKeys({ store: memoryKeyValue(), logKeys: memoryKeyValue() })
    const { key, tag } = await keys.load(null, false)
    for (const sizeBytes of [0, 55, 72, 328]) {
      const made = {
        kind: 'sealed',
        seq: 3,
        at: atMs,
        requestId: id,
        tag: tag(3),
        body: new Uint8Array(sizeBytes),
      } as const
      expect(await codeOf(() => openLeaf(key, origin, encodeLeaf(made)))).toBe('open/failed')
    }
    const line = encodeLeaf({ kind: 'imported', seq: 0, at: 0, line: id })
    expect(await codeOf(() => openLeaf(key, origin, line))).toBe('open/failed')
  })
})

const { detail } = sample
/** Where types let nothing wrong through, as a caller without them would. */
const wrong = (change: object): AuditRecord => Object.assign({}, sample, change)

describe('a record', () => {
  it.each([
    wrong({ at: -1 }),
    wrong({ at: 0.5 }),
    wrong({ at: 253_402_300_800_000 }),
    wrong({ actor: '' }),
    wrong({ actor: ' a' }),
    wrong({ actor: 'a\n' }),
    wrong({ actor: 'a\ud800' }),
    wrong({ actor: 7 }),
    wrong({ patient: '' }),
    wrong({ patient: 'x'.repeat(257) }),
    wrong({ action: 'look' }),
    wrong({ outcome: 'fine' }),
    wrong({ source: 'a\u0000' }),
    wrong({ purposeOfUse: ['FUN'] }),
    wrong({ purposeOfUse: ['TREAT', 'TREAT'] }),
    wrong({ action: 'break-glass-start' }),
    wrong({ action: 'break-glass-end', purposeOfUse: ['ETREAT'] }),
    wrong({ detail: { resource: '' } }),
    wrong({ detail: { query: ' \n' } }),
    wrong({ detail: { text: 'a\u0007' } }),
    wrong({ detail: { text: 'x'.repeat(16_385) } }),
    wrong({ detail: { client: { name: 'a', address: '' } } }),
    wrong({ detail: { server: { name: '', address: 'a' } } }),
    wrong({ detail: { digests: [] } }),
    wrong({ detail: { digests: [{ name: 'a', sha256: new Uint8Array(31) }] } }),
    wrong({ detail: { imported: { format: '', records: 0, sha256: new Uint8Array(32) } } }),
    wrong({ detail: { imported: { format: 'a', records: -1, sha256: new Uint8Array(32) } } }),
    wrong({ detail: { imported: { format: 'a', records: 1, sha256: 'a' } } }),
  ])('is refused: %j', async record => {
    await expectCode('audit/bad-record', () => encodeRecord(record))
  })

  it('in CBOR is refused unless it is the one encoding of a record', async () => {
    const party = { name: 'a', address: 'b' }
    const right = {
      at: 1,
      actor: 'a',
      action: 'read',
      patient: '',
      outcome: 'success',
      purpose: 'BTG',
      source: 's',
    }
    const whole = { resource: '', query: '', client: [], server: [], text: '', digests: [], imported: [] }
    expect(decodeRecord(encodeCbor({ ...right, detail: whole }))).toMatchObject({ actor: 'a', detail: {} })
    for (const change of [{ client: [party, party] }, { resource: ' ' }])
      await expectCode('audit/bad-record', () =>
        decodeRecord(encodeCbor({ ...right, detail: { ...whole, ...change } })),
      )
    await expectCode('audit/bad-record', () =>
      decodeRecord(encodeCbor({ ...right, action: 'x', detail: whole })),
    )
    for (const purpose of ['X', ' BTG', 'BTG ', 'BTG  TREAT', ' '])
      await expectCode('audit/bad-record', () =>
        decodeRecord(encodeCbor({ ...right, purpose, detail: whole })),
      )
    expect(await codeOf(() => decodeRecord(encodeCbor({ ...right, detail: { ...whole, more: 1 } })))).toBe(
      'cbor/invalid',
    )
    expect(await codeOf(() => decodeRecord(Uint8Array.of(0xff)))).toBe('encoding/invalid')
  })

  it('too large for a leaf is refused', async () => {
    const keys = await openSubjectKeys({ store: memoryKeyValue(), logKeys: memoryKeyValue() })
    const record = {
      ...sample,
      detail: { ...detail, text: '\u{1f600}'.repeat(8192), query: '\u{4e2d}'.repeat(16_384) },
    }
    const encode = (): Promise<Uint8Array> => entryCodec({ origin, keys }).encode({ id, record }, 0, atMs)
    await expectCode('audit/leaf-too-large', encode)
    await expectCode('audit/leaf-too-large', () => checkEntry(record))
    await expectCode('audit/bad-record', () => checkEntry({ ...sample, actor: '' }))
    checkEntry(sample)
  })
})

describe('the key store', () => {
  it('answers with a code for what is missing, destroyed, stale, changed or unfinished', async () => {
    const [store, logKeys] = [memoryKeyValue(), memoryKeyValue()]
    const keys = await openSubjectKeys({ store, logKeys })
    await expectCode('audit/no-subject-key', () => keys.keyOf('p'))
    await keys.load('p', true)
    await keys.shred('p')
    await expectCode('audit/shredded', () => keys.keyOf('p'))
    await keys.load('q', true)
    await keys.shred('q', { actor: 'A', at: 1 })
    await expectCode('audit/shred-unrecorded', () => keys.shred('p'))
    await expectCode('audit/stale-key-store', () => openSubjectKeys({ store: memoryKeyValue(), logKeys }))
    for (const name of await store.keys()) await store.put(name, new Uint8Array(400))
    await expectCode('audit/bad-key-store', () => keys.all())
  })

  it('whose change failed must be opened again', async () => {
    const [store, logKeys] = [memoryKeyValue(), memoryKeyValue()]
    await (await openSubjectKeys({ store, logKeys })).load('p', true)
    let full = false
    const put = async (key: string, value: Uint8Array): Promise<void> => {
      if (full) throw coreError('open/failed', {})
      await store.put(key, value)
    }
    const keys = await openSubjectKeys({ store: { ...store, put }, logKeys })
    full = true
    expect(await codeOf(() => keys.load('q', true))).toBe('open/failed')
    await expectCode('audit/key-store-failed', () => keys.load('p', false))
  })
})

import {
  type AccessEntry,
  accessActs,
  accessCommitment,
  type ClinicRequest,
  clinicLeafCodec,
  clinicLeafRules,
  decodeAccessEntry,
  decodeClinicLeaf,
  encodeAccessEntry,
  maxSealedBytes,
  openAccessEntry,
  openClinicReceipt,
  purposesOfUse,
  receipt,
} from '@chartseal/audit/access'
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { systemRandom } from '@chartseal/core/system'
import { codeOf, fixedClock, propertyRuns } from '@chartseal/testkit'
import {
  ed25519Signer,
  type Finding,
  formatProof,
  type LogWriter,
  mapSource,
  memoryStorage,
  openLogWriter,
  parseProof,
  parseVerifierKey,
  verifyLog,
} from '@chartseal/tlog'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'

const origin = 'clinic.example/log'
const signer = ed25519Signer(origin, new SigningKey(new Uint8Array(32).fill(1)))
const trust = { log: parseVerifierKey(signer.verifierKey) }
const id = (byte: number): Uint8Array => new Uint8Array(16).fill(byte)
const salt = new Uint8Array(32).fill(7)

const entry: AccessEntry = {
  act: 'message-stored',
  by: 'doctor',
  box: 'box',
  ids: ['one', 'two'],
  device: '',
}

interface Log {
  readonly files: Map<string, Uint8Array>
  readonly writer: LogWriter<ClinicRequest>
}

async function newLog(): Promise<Log> {
  const storage = memoryStorage()
  const options = {
    storage,
    codec: clinicLeafCodec,
    origin,
    signer,
    clock: fixedClock(1_000),
    random: systemRandom,
  }
  const writer = await openLogWriter(options)
  onTestFinished(() => writer.close())
  return { files: storage.files, writer }
}

async function withThree(): Promise<Log> {
  const log = await newLog()
  await log.writer.append({ id: id(1), text: '{"console":""}' })
  await log.writer.append({ id: id(2), sum: accessCommitment(salt, encodeAccessEntry(entry)) })
  await log.writer.append({ id: id(3), body: encodeUtf8('sealed') })
  await log.writer.publish()
  return log
}

describe('an access entry', () => {
  const texts = fc.string({ maxLength: 30 })
  const entries = fc.record({
    act: fc.constantFrom(...accessActs),
    by: texts,
    box: texts,
    ids: fc.array(texts, { maxLength: 5 }),
    device: texts,
  })
  const withPurpose = fc
    .tuple(entries, fc.option(fc.constantFrom(...purposesOfUse), { nil: undefined }))
    .map(([one, purpose]) => (purpose === undefined ? one : { ...one, purpose }))

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(withPurpose, one => {
        if ([one.by, one.box, one.device, ...one.ids].some(text => !text.isWellFormed())) return
        expect(decodeAccessEntry(encodeAccessEntry(one))).toEqual(one)
      }),
      propertyRuns(100, 50),
    )
  })

  it('is refused in every other form', async () => {
    const fields = { v: 2, act: 'message-stored', by: '', box: '', ids: [], dev: '' }
    const others = [
      { ...fields, v: 3 },
      { ...fields, act: 'message-read' },
      { ...fields, by: 1 },
      { ...fields, ids: [1] },
      { ...fields, ids: 'one' },
      { ...fields, more: 1 },
      { ...fields, pou: 'CURIOSITY' },
      { ...fields, pou: '' },
      { ...fields, ids: ['x'.repeat(1_025)] },
      { ...fields, box: 'x'.repeat(129) },
    ]
    for (const one of others)
      expect(await codeOf(() => decodeAccessEntry(encodeCbor(one)))).toBe('audit/bad-leaf')
    expect(await codeOf(() => decodeAccessEntry(Uint8Array.of(1, 2)))).toBe('audit/bad-leaf')
  })

  it('without a purpose has the bytes that it always had', () => {
    const bytes = encodeCbor({ v: 2, act: 'message-stored', by: 'a', box: 'b', ids: ['c'], dev: '' })
    expect(encodeAccessEntry({ act: 'message-stored', by: 'a', box: 'b', ids: ['c'], device: '' })).toEqual(
      bytes,
    )
  })

  it('is committed to under a salt, in the words of the specification', () => {
    const bytes = encodeAccessEntry(entry)
    const preimage = new Uint8Array([...encodeUtf8('chartseal/access/v2'), ...salt, ...bytes])
    expect(accessCommitment(salt, bytes)).toEqual(defaultEngine().sha256(preimage))
    expect(() => accessCommitment(new Uint8Array(31), bytes)).toThrow(RangeError)
  })
})

describe('leaves of a clinic’s log', () => {
  it('hold a commitment, a sealed body or a statement', async () => {
    const { writer, files } = await withThree()
    expect(writer.size).toBe(3)
    const report = await verifyLog(mapSource(files), { ...trust, rules: clinicLeafRules })
    expect(report.findings).toEqual([])
  })

  it('have one place for each id, and no other content under it', async () => {
    const { writer } = await withThree()
    expect(await writer.append({ id: id(3), body: encodeUtf8('sealed') })).toEqual({ index: 2, atMs: null })
    expect(await codeOf(() => writer.append({ id: id(3), body: encodeUtf8('other') }))).toBe(
      'log/request-conflict',
    )
    expect(await codeOf(() => writer.append({ id: id(1), body: encodeUtf8('sealed') }))).toBe(
      'log/request-conflict',
    )
  })

  it('are refused when a reader would not take them', async () => {
    const { writer } = await newLog()
    const bad: ClinicRequest[] = [
      { id: id(1), sum: new Uint8Array(31) },
      { id: id(1), body: new Uint8Array() },
      { id: id(1), body: new Uint8Array(maxSealedBytes + 1) },
      { id: id(1), text: 'x'.repeat(5_000) },
    ]
    for (const request of bad) expect(await codeOf(() => writer.append(request))).toBe('audit/bad-leaf')
    await expect(writer.append({ id: new Uint8Array(15), text: '{}' })).rejects.toThrow(RangeError)
    await writer.append({ id: id(1), body: new Uint8Array(maxSealedBytes) })
  })

  it('are read in one encoding, at one place', async () => {
    const leaf = await clinicLeafCodec.encode({ id: id(1), text: '{}' }, 4, 1_000)
    expect(decodeClinicLeaf(leaf, 4)).toEqual({ id: id(1), seq: 4, atMs: 1_000, text: '{}' })
    expect(await codeOf(() => decodeClinicLeaf(leaf, 5))).toBe('audit/bad-leaf')
    expect(
      await codeOf(() => decodeClinicLeaf(encodeCbor({ v: 2, at: 1, id: id(1), seq: 0, text: '' }))),
    ).toBe('audit/bad-leaf')
    expect(await codeOf(() => decodeClinicLeaf(encodeCbor('text')))).toBe('audit/bad-leaf')
  })

  it('that break the rules are found', async () => {
    const leaf = (seq: number, atMs: number): Promise<Uint8Array> =>
      clinicLeafCodec.encode({ id: id(seq), text: '{}' }, seq, atMs)
    const found: [number, Finding][] = []
    const pass = clinicLeafRules.startPass(defaultEngine(), (index, finding) => found.push([index, finding]))
    expect(pass.check(0, await leaf(0, 9_000))).toBe(true)
    expect(pass.check(1, Uint8Array.of(1))).toBe(true)
    expect(pass.check(2, await leaf(3, 9_000))).toBe(false)
    expect(pass.check(3, await leaf(3, 1_000))).toBe(true)
    pass.close()
    expect(found.map(([index, { code }]) => [index, code])).toEqual([
      [1, 'audit/bad-entry'],
      [3, 'audit/clock-backwards'],
    ])
    expect([clinicLeafRules.seqOf(await leaf(3, 1)), clinicLeafRules.seqOf(Uint8Array.of(1))]).toEqual([
      3,
      null,
    ])
  })
})

describe('a receipt of a clinic', () => {
  it('proves an entry to whoever has its salt', async () => {
    const { files } = await withThree()
    const text = await receipt(mapSource(files), 1, trust)
    const opened = openAccessEntry({ receipt: text, salt, entry: encodeAccessEntry(entry) }, trust)
    expect([opened.index, opened.entry, opened.checkpoint.size]).toEqual([1, entry, 3])
  })

  it('proves nothing about another entry, salt, leaf or log', async () => {
    const { files } = await withThree()
    const source = mapSource(files)
    const [statement, access] = [await receipt(source, 0, trust), await receipt(source, 1, trust)]
    const bytes = encodeAccessEntry(entry)
    const other = encodeAccessEntry({ ...entry, by: 'somebody' })
    const cases = [
      { receipt: access, salt, entry: other },
      { receipt: access, salt: new Uint8Array(32), entry: bytes },
      { receipt: statement, salt, entry: bytes },
    ]
    for (const one of cases) expect(await codeOf(() => openAccessEntry(one, trust))).toBe('audit/bad-receipt')
    const { extra: _, ...without } = parseProof(access)
    expect(await codeOf(() => openClinicReceipt(formatProof(without), trust))).toBe('audit/bad-receipt')
    const stranger = ed25519Signer(origin, new SigningKey(new Uint8Array(32).fill(2)))
    expect(
      await codeOf(() => openClinicReceipt(access, { log: parseVerifierKey(stranger.verifierKey) })),
    ).toMatch(/^(note|checkpoint)\//)
  })

  it('holds a leaf of this kind of log', async () => {
    const storage = memoryStorage()
    const codec = {
      ...clinicLeafCodec,
      encode: async (_: ClinicRequest, seq: number) => encodeCbor({ seq }),
      idOfLeaf: () => null,
      atOfLeaf: () => null,
    }
    const writer = await openLogWriter({
      storage,
      codec,
      origin,
      signer,
      clock: fixedClock(0),
      random: systemRandom,
    })
    await writer.append({ id: id(1), text: '' })
    await writer.close()
    const text = await receipt(mapSource(storage.files), 0, trust)
    expect(await codeOf(() => openClinicReceipt(text, trust))).toBe('audit/bad-receipt')
  })
})

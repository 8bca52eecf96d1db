import { prepareOrder, signAndSend } from '@chartseal/clinic/prescriptions'
import { concat } from '@chartseal/core/bytes'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import {
  type Block,
  blockOf,
  decodeBlock,
  decodeHeader,
  headerOf,
  type LedgerRecord,
  type Offence,
  type ReadHeader,
  recordsRoot,
} from '@chartseal/emr-ledger'
import { describe, expect, it } from 'vitest'
import {
  deskOf,
  doctor,
  firstAnchor,
  order,
  PaperLedger,
  readerOf,
} from '../../../packages/clinic/test/prescription-world.js'
import { type ExplorerApi, explorerApi, type RecordPlaceThere } from '../dist/explorer/api.js'
import { askFrom, followChain, shownBlocks } from '../dist/explorer/chain.js'
import { checkedBlock } from '../dist/explorer/facts.js'
import { ExplorerScreen, isFinalIn } from '../dist/state/explorer.js'

const { ledger: id, block0 } = firstAnchor

/** So many blocks on `parent`; another branch for another `salt`. */
function blocksOn(parent: ReadHeader, count: number, salt = 0): readonly ReadHeader[] {
  const headers: ReadHeader[] = []
  for (let before = parent; headers.length < count; before = headers.at(-1) ?? before)
    headers.push(
      headerOf({
        ...before,
        height: before.height + 1n,
        previous: before.id,
        nonce: BigInt(salt),
        timestamp: before.timestamp + 1n,
      }),
    )
  return headers
}

const heightsOf = (chain: readonly ReadHeader[]): readonly number[] =>
  chain.map(({ height }) => Number(height))

describe('the chain that is shown', () => {
  it('grows by blocks that stand on those before, and says nothing of a reorganisation', () => {
    const first = [block0, ...blocksOn(block0, 2)]
    const { chain } = followChain(null, first, id)
    const grown = followChain(chain, [...first, ...blocksOn(first[2] ?? block0, 1)], id)
    expect([heightsOf(grown.chain), grown.reorganised]).toEqual([[0, 1, 2, 3], null])
  })

  it('says from which block to which, and how deep, when another branch is followed', () => {
    const known = [block0, ...blocksOn(block0, 3)]
    const other = [block0, known[1] ?? block0, ...blocksOn(known[1] ?? block0, 4, 7)]
    const { chain, reorganised } = followChain(known, other, id)
    expect(reorganised).toMatchObject({ depth: 2, isDeeper: false })
    expect([reorganised?.from.height, reorganised?.to.height]).toEqual([3n, 5n])
    expect(heightsOf(chain)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('says when the clinic went back, and when nothing is left of what was shown', () => {
    const known = [block0, ...blocksOn(block0, 3)]
    expect(followChain(known, known.slice(0, 2), id).reorganised).toMatchObject({ depth: 2, isDeeper: false })
    const [, ...rest] = known
    const other = blocksOn(block0, 3, 9)
    expect(followChain(rest, other, id).reorganised).toMatchObject({ depth: 3, isDeeper: true })
  })

  it('refuses headers that do not follow each other, of another ledger, or none', () => {
    const [one, two, three] = blocksOn(block0, 3)
    if (one === undefined || two === undefined || three === undefined) throw new Error('there are three')
    for (const got of [[one, three], [headerOf({ ...one, ledger: new Uint8Array(32) })], []])
      expect(() => followChain(null, got, id)).toThrow(
        expect.objectContaining({ code: 'console/bad-answer' }),
      )
  })

  it('is asked for from below what is known, and shows the newest', () => {
    const many = blocksOn(block0, shownBlocks + 5)
    expect([askFrom(null, 3), askFrom(null, 200), askFrom(many, 5)]).toEqual([0, 200 - shownBlocks + 1, 0])
    expect(followChain(null, many, id).chain.length).toBe(shownBlocks)
  })
})

/** A clinic with what a paper ledger has; its chain may be another one. */
function clinicOf(ledger: PaperLedger) {
  const clinic = {
    branch: null as readonly ReadHeader[] | null,
    headers: (): readonly ReadHeader[] =>
      clinic.branch ?? Array.from({ length: ledger.height + 1 }, (_, i) => ledger.source(i).head.header),
    blocks: new Map<number, Block>(),
    places: new Map<string, RecordPlaceThere>(),
    fault: null as string | null,
    offences: [] as readonly Offence[],
  }
  const api: ExplorerApi = {
    async about() {
      const tip = clinic.headers().at(-1) ?? block0
      const { fault, offences } = clinic
      const at = { id: tip.id, height: Number(tip.height) }
      return { ledger: id, tip: at, seals: true, fault, offences: offences.length }
    },
    offences: async () => clinic.offences,
    headers: async (from, limit) =>
      clinic
        .headers()
        .slice(from, from + limit)
        .map(({ bytes }) => decodeHeader(bytes)),
    block: async height => clinic.blocks.get(height) ?? null,
    pending: async () => ledger.pool,
    record: async txid => clinic.places.get(txid) ?? null,
  }
  return { clinic, api }
}

const key = new SigningKey(new Uint8Array(32).fill(5))

/** What a vote in slot 7 signs, by the words of docs/spec/ledger-v2.md. */
const votedBytesOf = (block: Uint8Array): Uint8Array =>
  concat(encodeUtf8('chartseal/ledger/v2/vote\0'), id, Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0), block)

const never = (): Promise<void> => new Promise(() => undefined)

function explorerOf(ledger: PaperLedger) {
  const { clinic, api } = clinicOf(ledger)
  const { signal } = new AbortController()
  const desk = readerOf(ledger)
  return { clinic, screen: new ExplorerScreen({ api, desk, wait: never, isSeen: () => true, signal }) }
}

/** One prescription, waiting. */
async function prescribed(ledger: PaperLedger): Promise<LedgerRecord> {
  const desk = deskOf(ledger, doctor)
  await signAndSend(desk, await prepareOrder(desk, order))
  const [record] = ledger.pool
  if (record === undefined) throw new Error('nothing waits')
  return record
}

describe('the ledger explorer', () => {
  it('shows what waits, the blocks, and up to where they are proven to be final', async () => {
    const ledger = new PaperLedger()
    const { screen } = explorerOf(ledger)
    const record = await prescribed(ledger)
    await screen.look()
    expect([screen.live.error.value, screen.pending.value]).toEqual([null, [record]])
    await ledger.seal()
    await screen.look()
    const { value: chain } = screen.chain
    expect([screen.pending.value, heightsOf(chain), screen.reorganised.value]).toEqual([[], [0, 1], []])
    expect(screen.proven.value).toMatchObject({ finality: { kind: 'final' } })
    expect(chain.map(header => isFinalIn(chain, screen.proven.value, header))).toEqual([true, true])
  })

  it('tells of a reorganisation, and cries out where a block is gone that was proven to be final', async () => {
    const ledger = new PaperLedger()
    const { clinic, screen } = explorerOf(ledger)
    await ledger.seal()
    await screen.look()
    const final = clinic.headers()
    clinic.branch = [...final, ...blocksOn(final[1] ?? block0, 2)]
    await screen.look()
    clinic.branch = [...final, ...blocksOn(final[1] ?? block0, 3, 5)]
    await screen.look()
    expect(screen.reorganised.value).toMatchObject([{ depth: 2, breaksFinality: false }])
    clinic.branch = [block0, ...blocksOn(block0, 6, 6)]
    await screen.look()
    expect(screen.reorganised.value.map(({ breaksFinality }) => breaksFinality)).toEqual([true, false])
  })

  it('reads proofs against sealers when there are more, names whom the roster has, and believes none of another ledger', async () => {
    const ledger = new PaperLedger()
    const { clinic, screen } = explorerOf(ledger)
    await screen.look()
    expect([screen.about.value?.fault, screen.offences.value]).toEqual([null, []])
    const [known] = firstAnchor.roster.members
    if (known === undefined) throw new Error('nobody is in the roster')
    const voted = (kid: Uint8Array, of = id): Offence => ({
      ...{ kind: 'votes', ledger: of, slot: 7n },
      sealer: { kid, algorithm: 'Ed25519', publicKey: new Uint8Array(32) },
      blocks: [
        { block: new Uint8Array(32), signature: new Uint8Array(64) },
        { block: new Uint8Array(32).fill(1), signature: new Uint8Array(64) },
      ],
    })
    clinic.fault = 'ledger/clock'
    clinic.offences = [voted(known.kid), voted(new Uint8Array(32))]
    await screen.look()
    expect(screen.offences.value.map(({ name }) => name)).toEqual([known.name, null])
    expect(screen.about.value?.fault).toBe('ledger/clock')
    clinic.offences = [...clinic.offences, voted(known.kid, new Uint8Array(32))]
    await screen.look()
    expect(screen.live.error.value).toMatchObject({ code: 'console/bad-answer' })
    expect(screen.offences.value).toHaveLength(2)
  })

  it('believes no proof whose signatures do not verify', async () => {
    const offer = (bytes: Uint8Array) => explorerApi({ open: async () => encodeCbor([bytes]) }).offences()
    const [a, b] = [1, 2].map(fill => new Uint8Array(32).fill(fill))
    const votes = { v: 2, kind: 'votes', ledger: id, slot: 7n, alg: 'Ed25519', key: verifyingKeyOf(key) }
    const signed = (block = new Uint8Array()) => sign(key, votedBytesOf(block))
    const right = { ...votes, blocks: [a ?? id, b ?? id], signatures: [signed(a), signed(b)] }
    expect(await offer(encodeCbor(right))).toMatchObject([{ kind: 'votes', slot: 7n }])
    const forged = encodeCbor({ ...right, signatures: [signed(a), signed(a)] })
    for (const bytes of [forged, new Uint8Array(4)])
      await expect(offer(bytes)).rejects.toMatchObject({ code: 'console/bad-answer' })
  })

  it('checks a block, a record and its signature here, and proves what became of the prescription', async () => {
    const ledger = new PaperLedger()
    const { clinic, screen } = explorerOf(ledger)
    const record = await prescribed(ledger)
    await ledger.seal()
    const header = clinic.headers()[1] ?? block0
    const block = blockOf(header, new Uint8Array(0), [record])
    clinic.blocks.set(1, block)
    clinic.places.set(encodeBase64Url(record.txid), { kind: 'sealed', height: 1, record })
    await screen.find('1')
    expect(screen.found.value).toMatchObject({ kind: 'block', checked: { hasItsRecords: true } })
    await screen.find(encodeBase64Url(record.txid))
    expect(screen.found.value).toMatchObject({
      kind: 'record',
      isInBlock: true,
      checked: { signature: 'right', signer: { name: 'Dr. Vega' } },
      proof: { prescription: { state: { status: 'ready', quantity: 2 } } },
    })
    for (const nothing of ['7', 'x', 'A'.repeat(43)]) {
      await screen.find(nothing)
      expect(screen.found.value).toEqual({ kind: 'nothing' })
    }
  })

  it('shows no block, and no place of a record, that is not of the chain beside it', async () => {
    const ledger = new PaperLedger()
    const { clinic, screen } = explorerOf(ledger)
    const record = await prescribed(ledger)
    await ledger.seal()
    await screen.look()
    const [forged = block0] = blocksOn(block0, 1, 8)
    const made = headerOf({ ...forged, recordsRoot: recordsRoot([record]) })
    clinic.blocks.set(1, blockOf(made, new Uint8Array(0), [record]))
    clinic.places.set(encodeBase64Url(record.txid), { kind: 'sealed', height: 1, record })
    for (const what of ['1', encodeBase64Url(record.txid)]) {
      await screen.find(what)
      expect([screen.found.value, screen.finding.error.value]).toEqual([
        null,
        expect.objectContaining({ code: 'console/bad-answer' }),
      ])
    }
  })

  it('says that a block does not have its records, and that a signature is wrong', async () => {
    const ledger = new PaperLedger()
    const record = await prescribed(ledger)
    await ledger.seal()
    const { head } = ledger.source()
    const empty = blockOf(head.header, new Uint8Array(0), [])
    expect(checkedBlock(decodeBlock(empty.bytes), firstAnchor.roster).hasItsRecords).toBe(false)
    const [signed] = record.signatures
    if (signed === undefined) throw new Error('nobody signed')
    const forged = { ...record, signatures: [{ ...signed, signature: new Uint8Array(64) }] }
    const unknown = { ...record, signatures: [{ ...signed, kid: new Uint8Array(32) }] }
    const verdicts = checkedBlock(
      { ...empty, records: [record, forged, unknown] },
      firstAnchor.roster,
    ).records
    expect(verdicts.map(({ signature }) => signature)).toEqual(['right', 'wrong', 'unknown'])
  })
})

/** A sequencer, its log, its witnesses, and whoever reads it. */
import { SigningKey, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { inclusionProof, leafHash } from '@chartseal/core/merkle'
import { systemRandom } from '@chartseal/core/system'
import {
  checkFinality,
  decodeTrust,
  ed25519Signer,
  encodeTrust,
  firstTrust,
  followFinality,
  type Genesis,
  genesisBlock,
  type Header,
  type HeaderLog,
  headerLeaves,
  headerLog,
  headerOf,
  openSeal,
  type ReadHeader,
  type SealBase,
  type SealedHeader,
  type SealKeeper,
  sealJudge,
} from '@chartseal/emr-ledger'
import { codeOf, fixedClock, manualTimer } from '@chartseal/testkit'
import {
  cosignBy,
  cosigner,
  createWitness,
  formatProof,
  mapSource,
  memoryStorage,
  ed25519Signer as noteSigner,
  openLogWriter,
  parseCosignatureKey,
  parseProof,
  parseVerifierKey,
  policyOf,
  type Witness,
} from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { person, genesis as someGenesis } from './v2-people.js'
import { Notes } from './v2-seal-network.js'

const origin = 'clinic.example/ledger'
const startMs = 1_900_000_000_000
const logKey = new SigningKey(new Uint8Array(32).fill(71))
const stranger = person(72, 'Ed25519', ['sealer'])
const clock = fixedClock(startMs)
const witnessKeys = [1, 2, 3].map(seed =>
  cosigner(`witness${seed}.example`, new SigningKey(new Uint8Array(32).fill(80 + seed)), clock),
)
const genesis: Genesis = {
  ...someGenesis,
  timestamp: BigInt(startMs / 1_000) - 100n,
  seal: {
    kind: 'tlog',
    origin,
    logKey: verifyingKeyOf(logKey),
    witnesses: witnessKeys.map(({ verifierKey }) => verifierKey),
    quorum: 2,
  },
}
const block0 = genesisBlock(genesis).header
const ledger = { genesis, block0 }
const nowSeconds = BigInt(startMs / 1_000)

/** A log in memory, and witnesses of which the test takes some away. */
class Place {
  readonly storage = memoryStorage()
  readonly away = new Set<string>()
  readonly #witnesses = new Map<string, Witness>()

  async log(): Promise<HeaderLog & { close(): Promise<void> }> {
    const log = parseVerifierKey(noteSigner(origin, logKey).verifierKey)
    const known = witnessKeys.map(({ name, verifierKey }) => ({
      name,
      verifier: parseCosignatureKey(verifierKey),
    }))
    const policy = policyOf([{ verifier: log }], known, 2, { allowWeak: true })
    const writer = await openLogWriter({
      storage: this.storage,
      codec: headerLeaves,
      origin,
      signer: noteSigner(origin, logKey),
      clock,
      random: systemRandom,
      timer: manualTimer(),
      cosign: cosignBy(policy, ({ name }) =>
        this.away.has(name) ? null : body => this.#witness(name).addCheckpoint(body),
      ),
    })
    const { append, prove } = headerLog(writer, mapSource(this.storage.files))
    return {
      get size() {
        return writer.size
      },
      append,
      prove,
      close: () => writer.close(),
    }
  }

  #witness(name: string): Witness {
    const made = this.#witnesses.get(name)
    if (made !== undefined) return made
    const kept = new Map<string, Uint8Array>()
    const witness = createWitness({
      signer: witnessKeys.find(key => key.name === name) ?? expect.fail(),
      logs: [parseVerifierKey(noteSigner(origin, logKey).verifierKey)],
      store: {
        get: async key => kept.get(key) ?? null,
        put: async (key, value) => void kept.set(key, value),
      },
    })
    this.#witnesses.set(name, witness)
    return witness
  }
}

const open = (
  log: HeaderLog | null,
  notes = new Notes(),
  base: SealBase | null = null,
): Promise<SealKeeper> =>
  openSeal({
    genesis,
    block0,
    base,
    notes,
    tools: log === null ? {} : { signer: ed25519Signer(logKey), log },
  })

async function draft(keeper: SealKeeper, below: ReadHeader): Promise<Header> {
  const turn = keeper.turn(nowSeconds, below.id, true)
  if (turn === null) throw new Error('it must be its turn')
  const { parent, ...fields } = turn
  return {
    ...fields,
    ledger: block0.ledger,
    height: below.height + 1n,
    previous: parent,
    recordsRoot: new Uint8Array(32).fill(Number(below.height) + 1),
    stateRoot: new Uint8Array(32),
    nonce: 0n,
  }
}

async function grow(keeper: SealKeeper, count: number, from = block0): Promise<readonly SealedHeader[]> {
  const blocks: SealedHeader[] = []
  for (let below = from; blocks.length < count; below = blocks.at(-1)?.header ?? from) {
    const block = await keeper.seal(await draft(keeper, below))
    keeper.check(block)
    keeper.add(block, genesis.roster)
    blocks.push(block)
  }
  return blocks
}

describe('a sequencer with witnesses', () => {
  it('makes blocks final once enough witnesses have seen them', async () => {
    const place = new Place()
    const keeper = await open(await place.log())
    const blocks = await grow(keeper, 3)
    for (const { name } of witnessKeys) place.away.add(name)
    await keeper.act(nowSeconds)
    expect(keeper.final.id).toEqual(block0.id)
    place.away.delete('witness1.example')
    await keeper.act(nowSeconds)
    expect(keeper.final.id).toEqual(block0.id)
    place.away.delete('witness3.example')
    const { messages, news } = await keeper.act(nowSeconds)
    expect(news.final?.id).toEqual(blocks[2]?.header.id)
    expect(messages.length).toBe(1)
    expect((await keeper.act(nowSeconds)).messages).toEqual([])
  })

  it('tells others what is final, before or after they have the block', async () => {
    const keeper = await open(await new Place().log())
    const blocks = await grow(keeper, 2)
    const { messages } = await keeper.act(nowSeconds)
    const [early, late] = [await open(null), await open(null)]
    for (const message of messages) await early.take(message)
    for (const block of blocks) for (const one of [early, late]) one.add(block, genesis.roster)
    expect(early.final.id).toEqual(blocks[1]?.header.id)
    for (const message of keeper.messages()) await late.take(message)
    expect(late.final.id).toEqual(blocks[1]?.header.id)
    expect(late.weight(late.final.id)).toBe(2n)
    expect(early.turn(nowSeconds, early.final.id, true)).toBeNull()
  })

  it('shows a light client what is final, by when it was seen, and nothing that was changed', async () => {
    const keeper = await open(await new Place().log())
    await grow(keeper, 5)
    await keeper.act(nowSeconds)
    const shown = keeper.finality()
    if (shown === null) throw new Error('something must be final')
    const checked = checkFinality(ledger, firstTrust(ledger), shown.evidence)
    expect(checked.header.id).toEqual(keeper.final.id)
    expect(checked.seenBy).toBe(nowSeconds)
    expect(decodeTrust(encodeTrust(checked.trust), 'tlog')).toEqual(checked.trust)
    expect(followFinality(ledger, firstTrust(ledger), [shown.evidence]).header.height).toBe(5n)
    const text = decodeUtf8(shown.evidence)
    for (let at = 0; at < text.length; at += 7) {
      const changed = encodeUtf8(`${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`)
      // Another signature than those of the quorum is nobody's.
      const code = await codeOf(() => checkFinality(ledger, firstTrust(ledger), changed))
      expect(['ledger/finality', 'accepted'], `place ${at}`).toContain(code)
      if (code === 'accepted') expect(text.lastIndexOf('\n', at)).toBeGreaterThan(text.indexOf('\u2014'))
    }
  })

  it('shows what is final also while newer evidence waits for its block', async () => {
    const keeper = await open(await new Place().log())
    const [first] = await grow(keeper, 1)
    await keeper.act(nowSeconds)
    const reader = await open(null)
    if (first !== undefined) reader.add(first, genesis.roster)
    for (const message of keeper.messages()) await reader.take(message)
    const before = reader.finality()
    await grow(keeper, 1, first?.header)
    await keeper.act(nowSeconds)
    for (const message of keeper.messages()) await reader.take(message)
    expect(reader.finality()).toEqual(before)
    expect(before?.header.id).toEqual(first?.header.id)
    expect(keeper.finality()?.header.height).toBe(2n)
  })

  it('is as old as its header where the log has gone on, however new the checkpoint', async () => {
    const keeper = await open(await new Place().log())
    const blocks = await grow(keeper, 5)
    await keeper.act(nowSeconds)
    const newest = parseProof(decodeUtf8(keeper.finality()?.evidence ?? new Uint8Array()))
    const headers = [block0, ...blocks.map(({ header }) => header)]
    const leaves = headers.map(({ bytes }) => leafHash(bytes))
    const [index, extra] = [2, headers[2]?.bytes ?? new Uint8Array()]
    const old = formatProof({ ...newest, extra, index, hashes: inclusionProof(leaves, index) })
    const checked = checkFinality(ledger, firstTrust(ledger), encodeUtf8(old))
    expect([checked.header.height, checked.seenBy]).toEqual([2n, null])
  })

  it('asks for one more witness than quorum 2 bears to lose', async () => {
    const place = new Place()
    place.away.add('witness2.example')
    const keeper = await open(await place.log())
    await grow(keeper, 1)
    await keeper.act(nowSeconds)
    const evidence = keeper.finality()?.evidence ?? new Uint8Array()
    const lines = decodeUtf8(evidence).split('\n')
    const fewer = lines.filter(line => !line.includes('witness3.example')).join('\n')
    expect(await codeOf(() => checkFinality(ledger, firstTrust(ledger), encodeUtf8(fewer)))).toBe(
      'ledger/finality',
    )
    expect(await codeOf(() => keeper.take(encodeUtf8(fewer)))).toBe('ledger/message')
  })

  it('starts again with its log, and goes on', async () => {
    const place = new Place()
    const notes = new Notes()
    const log = await place.log()
    const keeper = await open(log, notes)
    const blocks = await grow(keeper, 2)
    await keeper.act(nowSeconds)
    const base = { header: keeper.final, memory: keeper.memory(keeper.final.id) }
    await log.close()
    const again = await open(await place.log(), notes, base)
    expect(again.finality()?.header.id).toEqual(blocks[1]?.header.id)
    const [next] = await grow(again, 1, keeper.final)
    await again.act(nowSeconds)
    expect(again.final.id).toEqual(next?.header.id)
    const broken = open(null, notes, { ...base, memory: new Uint8Array() })
    expect(await codeOf(() => broken)).toBe('ledger/seal-memory')
  })

  it('makes its log again from the blocks, where that was lost', async () => {
    const notes = new Notes()
    const keeper = await open(await new Place().log(), notes)
    const blocks = await grow(keeper, 3)
    await keeper.act(nowSeconds)
    const [next] = await grow(keeper, 1, keeper.final)
    const base = { header: keeper.final, memory: keeper.memory(keeper.final.id) }
    const chain = [block0, ...blocks.map(({ header }) => header)]
    const lost = await new Place().log()
    const again = await openSeal({
      ...{ genesis, block0, base, notes },
      headers: async (height, limit) => chain.slice(Number(height), Number(height) + Math.min(limit, 2)),
      tools: { signer: ed25519Signer(logKey), log: lost },
    })
    if (next === undefined) throw new Error('one was made')
    again.add(next, genesis.roster)
    await again.act(nowSeconds)
    expect(again.final.id).toEqual(next.header.id)
    expect(again.turn(nowSeconds, next.header.id, true)).not.toBeNull()
  })

  it('seals nothing below what its evidence shows, where log and blocks were lost', async () => {
    const notes = new Notes()
    const keeper = await open(await new Place().log(), notes)
    await grow(keeper, 2)
    await keeper.act(nowSeconds)
    const behind = await open(await new Place().log(), notes)
    expect(behind.turn(nowSeconds, block0.id, true)).toBeNull()
  })

  it('seals nothing that its log has in another form, when its blocks were put back from a backup', async () => {
    const place = new Place()
    const log = await place.log()
    const keeper = await open(log)
    const blocks = await grow(keeper, 2)
    const header = await draft(keeper, blocks[1]?.header ?? block0)
    await keeper.act(nowSeconds)
    const older = await open(log)
    expect(older.turn(nowSeconds, block0.id, true)).toBeNull()
    expect(await codeOf(() => older.seal({ ...header, height: 1n, previous: block0.id }))).toBe(
      'ledger/sealed-already',
    )
    for (const block of blocks) older.add(block, genesis.roster)
    expect(older.turn(nowSeconds, older.final.id, true)).toBeNull()
    expect(older.turn(nowSeconds, blocks[1]?.header.id ?? block0.id, true)).not.toBeNull()
  })

  it('refuses headers and seals that are not the sequencer’s', async () => {
    const keeper = await open(await new Place().log())
    const header = await draft(keeper, block0)
    const changes: readonly Partial<Header>[] = [
      { height: 2n },
      { difficulty: 2n },
      { sealer: stranger.member.kid },
      { extra: new Uint8Array(40).fill(1) },
      { nonce: 1n },
    ]
    const judge = sealJudge(genesis, block0)
    for (const change of changes) {
      const block = { header: headerOf({ ...header, ...change }), seal: new Uint8Array(64) }
      expect(await codeOf(() => judge.check(block, judge.begin()))).toBe('ledger/seal-header')
    }
    const [block] = [await keeper.seal(header)]
    expect(await codeOf(() => judge.check({ ...block, seal: new Uint8Array(64) }, judge.begin()))).toBe(
      'ledger/seal-signature',
    )
    expect(await codeOf(() => judge.check({ ...block, seal: new Uint8Array() }, judge.begin()))).toBe(
      'ledger/seal-encoding',
    )
  })

  it('seals nothing by a clock that its witnesses do not share, or that they have not been asked for lately', async () => {
    const place = new Place()
    const keeper = await open(await place.log())
    const at = async (seconds: bigint): Promise<Header> => ({
      ...(await draft(keeper, block0)),
      timestamp: keeper.turn(seconds, block0.id, true)?.timestamp ?? 0n,
    })
    const year = 365n * 86_400n
    for (const { name } of witnessKeys) place.away.add(name)
    const sealing = async (seconds: bigint): Promise<SealedHeader> => keeper.seal(await at(seconds))
    expect(await codeOf(() => sealing(nowSeconds))).toBe('ledger/no-witness-time')
    place.away.clear()
    expect(await codeOf(() => sealing(nowSeconds + year))).toBe('ledger/clock')
    expect(await codeOf(() => sealing(nowSeconds - 601n))).toBe('ledger/clock')
    const sealed = await sealing(nowSeconds + 600n)
    keeper.add(sealed, genesis.roster)
    await keeper.act(nowSeconds)
    expect(keeper.final.id).toEqual(sealed.header.id)
    // A quorum said what time it is a moment ago: nobody is asked again.
    for (const { name } of witnessKeys) place.away.add(name)
    const next = await draft(keeper, sealed.header)
    await keeper.seal(next)
    expect(keeper.turn(nowSeconds + 601n, sealed.header.id, true)).not.toBeNull()
    expect(await codeOf(() => keeper.seal(next))).toBe('ledger/no-witness-time')
  })

  it('refuses a rule whose witnesses have no keys', async () => {
    const seal = {
      kind: 'tlog',
      origin,
      logKey: verifyingKeyOf(logKey),
      witnesses: ['nobody'],
      quorum: 1,
    } as const
    const opening = openSeal({ genesis: { ...genesis, seal }, block0, base: null, notes: new Notes() })
    expect(await codeOf(() => opening)).toBe('ledger/finality')
  })
})

import { describe, expect, it } from 'vitest'

/** The header of a block, as `@chartseal/emr-ledger` has it; the index keeps it as it is. */
interface HeaderUnderTest {
  readonly bytes: Uint8Array
  readonly id: Uint8Array
  readonly height: bigint
}

interface BlockUnderTest<Header extends HeaderUnderTest> {
  readonly id: Uint8Array
  readonly header: Header
  readonly entry: number
  readonly weight: bigint
}

interface PlaceUnderTest {
  readonly block: Uint8Array
  readonly place: number
}

/** `LedgerIndex` of `@chartseal/emr-ledger`; the testkit stands below that package and cannot name it. */
export interface LedgerIndexUnderTest<Header extends HeaderUnderTest> {
  write(change: {
    readonly blocks?: readonly BlockUnderTest<Header>[]
    readonly nodes?: readonly { readonly hash: Uint8Array; readonly bytes: Uint8Array }[]
    readonly dropped?: readonly Uint8Array[]
    readonly records?: readonly (PlaceUnderTest & { readonly txid: Uint8Array })[]
    readonly followed?: { readonly from: bigint; readonly ids: readonly Uint8Array[] }
    readonly tip?: Uint8Array
    readonly final?: Uint8Array
    readonly entries?: number
    readonly notes?: readonly { readonly name: string; readonly value: Uint8Array | null }[]
  }): Promise<void>
  node(hash: Uint8Array): Promise<Uint8Array | null>
  nodes(hashes: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]>
  block(id: Uint8Array): Promise<BlockUnderTest<Header> | null>
  blocksFrom(height: bigint, limit: number): Promise<readonly BlockUnderTest<Header>[]>
  followed(height: bigint, limit: number): Promise<readonly BlockUnderTest<Header>[]>
  record(txid: Uint8Array): Promise<readonly PlaceUnderTest[]>
  note(name: string): Promise<Uint8Array | null>
  notes(prefix: string): Promise<readonly { readonly name: string; readonly value: Uint8Array }[]>
  head(): Promise<{ readonly tip: Uint8Array; readonly final: Uint8Array; readonly entries: number } | null>
  clear(): Promise<void>
}

export interface LedgerIndexSuite<Header extends HeaderUnderTest> {
  /** An index without anything. */
  make(): Promise<LedgerIndexUnderTest<Header>>
  /** A header of this height; `salt` tells those of one height apart. */
  header(height: bigint, salt: number): Header
  /** The same index, opened again; left out where it lives and dies with the process. */
  reopen?(index: LedgerIndexUnderTest<Header>): Promise<LedgerIndexUnderTest<Header>>
}

const hash = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
const flip = (value: Uint8Array | null | undefined): void => void value?.fill(0xee)

/** Every implementation of `LedgerIndex` passes this suite. */
export function ledgerIndexSuite<Header extends HeaderUnderTest>(
  name: string,
  suite: LedgerIndexSuite<Header>,
): void {
  describe(`LedgerIndex: ${name}`, () => {
    suiteOfNodes(suite)
    suiteOfBlocks(suite)
    suiteOfChain(suite)
    suiteOfNotes(suite)
    suiteOfLife(suite)
  })
}

function blockOf<Header extends HeaderUnderTest>(
  { header }: LedgerIndexSuite<Header>,
  height: bigint,
  salt: number,
  entry: number,
): BlockUnderTest<Header> {
  const made = header(height, salt)
  return { id: made.id, header: made, entry, weight: height * 2n ** 70n + BigInt(salt) }
}

/** What an index says of a block, without the object that says it. */
function plain<Header extends HeaderUnderTest>(block: BlockUnderTest<Header> | null | undefined): unknown {
  if (block === null || block === undefined) return null
  const { id, header, entry, weight } = block
  return { id: [...id], header: [...header.bytes], height: header.height, entry, weight }
}

const placesOf = (places: readonly PlaceUnderTest[]): string[] =>
  places.map(({ block, place }) => `${block.join()} ${place}`).sort()

function suiteOfNodes<Header extends HeaderUnderTest>({ make }: LedgerIndexSuite<Header>): void {
  it('keeps nodes under their hashes, copied on the way in and out', async () => {
    const index = await make()
    const node = { hash: hash(1), bytes: bytes(1, 2, 3) }
    await index.write({ nodes: [node, { hash: hash(2), bytes: new Uint8Array(600_000).fill(7) }] })
    flip(node.hash)
    flip(node.bytes)
    expect(await index.node(hash(1))).toEqual(bytes(1, 2, 3))
    flip(await index.node(hash(1)))
    expect(await index.node(hash(1))).toEqual(bytes(1, 2, 3))
    expect((await index.node(hash(2)))?.length).toBe(600_000)
    expect(await index.node(hash(3))).toBeNull()
  })

  it('gives many nodes in the order of the hashes, null where there is none', async () => {
    const index = await make()
    const many = Array.from({ length: 1_500 }, (_, i) => ({
      hash: Uint8Array.from({ length: 32 }, (_unused, at) => (at < 2 ? (i >> (8 * at)) & 255 : 9)),
      bytes: bytes(i & 255, i >> 8),
    }))
    await index.write({ nodes: many })
    const asked = [...many].reverse().map(one => one.hash)
    const found = await index.nodes([hash(255), ...asked, hash(254)])
    expect(found.map(one => (one === null ? null : [...one]))).toEqual([
      null,
      ...[...many].reverse().map(one => [...one.bytes]),
      null,
    ])
    expect(await index.nodes([])).toEqual([])
  })

  it('leaves a node that is there, and drops before it puts', async () => {
    const index = await make()
    await index.write({ nodes: [{ hash: hash(1), bytes: bytes(1) }] })
    await index.write({ nodes: [{ hash: hash(1), bytes: bytes(1) }] })
    await index.write({ dropped: [hash(1), hash(5)], nodes: [{ hash: hash(1), bytes: bytes(2) }] })
    expect(await index.node(hash(1))).toEqual(bytes(2))
    await index.write({ dropped: [hash(1)] })
    expect(await index.node(hash(1))).toBeNull()
  })
}

function suiteOfBlocks<Header extends HeaderUnderTest>(suite: LedgerIndexSuite<Header>): void {
  it('gives blocks by id and by height, branches in the order of their entries', async () => {
    const index = await suite.make()
    const blocks = [
      blockOf(suite, 0n, 0, -1),
      blockOf(suite, 1n, 1, 1),
      blockOf(suite, 1n, 2, 0),
      blockOf(suite, 2n, 1, 2),
      blockOf(suite, 10n, 1, 3),
    ]
    await index.write({ blocks: blocks.slice(0, 3) })
    await index.write({ blocks: blocks.slice(2) })
    for (const block of blocks) expect(plain(await index.block(block.id))).toEqual(plain(block))
    expect(await index.block(hash(9))).toBeNull()
    const [zero, first, second, third, tenth] = blocks.map(plain)
    expect((await index.blocksFrom(0n, 100)).map(plain)).toEqual([zero, second, first, third, tenth])
    expect((await index.blocksFrom(1n, 3)).map(plain)).toEqual([second, first, third])
    expect(await index.blocksFrom(11n, 100)).toEqual([])
  })

  it('gives each block that has a record of a txid, once', async () => {
    const index = await suite.make()
    const places = [
      { block: hash(1), place: 0 },
      { block: hash(2), place: 24 },
    ]
    await index.write({ records: places.map(place => ({ txid: hash(7), ...place })) })
    await index.write({ records: [{ txid: hash(7), block: hash(1), place: 0 }] })
    expect(placesOf(await index.record(hash(7)))).toEqual(placesOf(places))
    expect(await index.record(hash(8))).toEqual([])
  })
}

function suiteOfChain<Header extends HeaderUnderTest>(suite: LedgerIndexSuite<Header>): void {
  it('gives the chain that is followed, and another from a height on after a reorganisation', async () => {
    const index = await suite.make()
    const [zero, one, two, three] = [0n, 1n, 2n, 3n].map((height, i) => blockOf(suite, height, 1, i - 1))
    const [otherTwo, otherThree] = [2n, 3n].map((height, i) => blockOf(suite, height, 2, 3 + i))
    const blocks = [zero, one, two, three, otherTwo, otherThree].flatMap(block => block ?? [])
    const ids = blocks.map(({ id }) => id)
    await index.write({ blocks, followed: { from: 0n, ids: ids.slice(0, 4) } })
    const followed = async (from: bigint, limit: number): Promise<unknown[]> =>
      (await index.followed(from, limit)).map(plain)
    expect(await followed(0n, 100)).toEqual(blocks.slice(0, 4).map(plain))
    expect(await followed(1n, 2)).toEqual(blocks.slice(1, 3).map(plain))
    await index.write({ followed: { from: 2n, ids: ids.slice(4, 5) } })
    expect(await followed(1n, 100)).toEqual([one, otherTwo].map(plain))
    await index.write({ followed: { from: 3n, ids: ids.slice(5) } })
    expect(await followed(0n, 100)).toEqual([zero, one, otherTwo, otherThree].map(plain))
    expect(await followed(4n, 100)).toEqual([])
  })

  it('has no head before it has a tip, then changes of it what is named', async () => {
    const index = await suite.make()
    expect(await index.head()).toBeNull()
    await index.write({ notes: [{ name: 'a', value: bytes(1) }] })
    expect(await index.head()).toBeNull()
    await index.write({ tip: hash(1), final: hash(1), entries: 0 })
    expect(await index.head()).toEqual({ tip: hash(1), final: hash(1), entries: 0 })
    await index.write({ tip: hash(2), entries: 7 })
    expect(await index.head()).toEqual({ tip: hash(2), final: hash(1), entries: 7 })
    await index.write({ final: hash(2) })
    expect(await index.head()).toEqual({ tip: hash(2), final: hash(2), entries: 7 })
  })
}

function suiteOfNotes<Header extends HeaderUnderTest>({ make }: LedgerIndexSuite<Header>): void {
  it('keeps notes under names, by prefix in the order of character codes', async () => {
    const index = await make()
    const names = ['pending/b', 'pending/a', 'pending', 'pendinG/a', 'seal/x_y', 'seal/x%y', 'z'.repeat(128)]
    await index.write({ notes: names.map((name, i) => ({ name, value: bytes(i) })) })
    expect((await index.notes('pending/')).map(({ name, value }) => [name, ...value])).toEqual([
      ['pending/a', 1],
      ['pending/b', 0],
    ])
    expect((await index.notes('seal/x_')).map(({ name }) => name)).toEqual(['seal/x_y'])
    expect((await index.notes('')).map(({ name }) => name)).toEqual([...names].sort())
    await index.write({
      notes: [
        { name: 'pending/a', value: null },
        { name: 'pending/b', value: bytes(9, 9) },
        { name: 'none', value: null },
      ],
    })
    expect([await index.note('pending/a'), await index.note('pending/b')]).toEqual([null, bytes(9, 9)])
    flip(await index.note('pending/b'))
    expect(await index.note('pending/b')).toEqual(bytes(9, 9))
  })
}

function suiteOfLife<Header extends HeaderUnderTest>(suite: LedgerIndexSuite<Header>): void {
  const filled = async (): Promise<LedgerIndexUnderTest<Header>> => {
    const index = await suite.make()
    const block = blockOf(suite, 0n, 0, -1)
    await index.write({
      blocks: [block],
      nodes: [{ hash: hash(1), bytes: bytes(1) }],
      records: [{ txid: hash(7), block: block.id, place: 3 }],
      followed: { from: 0n, ids: [block.id] },
      tip: block.id,
      final: block.id,
      entries: 1,
      notes: [{ name: 'note', value: bytes(4) }],
    })
    return index
  }

  it('empties itself, but for the notes, and can be filled again', async () => {
    const index = await filled()
    await index.clear()
    const { id } = suite.header(0n, 0)
    expect([await index.head(), await index.block(id), await index.node(hash(1))]).toEqual([null, null, null])
    expect([await index.record(hash(7)), await index.followed(0n, 9), await index.blocksFrom(0n, 9)]).toEqual(
      [[], [], []],
    )
    expect(await index.note('note')).toEqual(bytes(4))
    await index.write({ tip: hash(3), final: hash(3), entries: 0 })
    expect(await index.head()).toEqual({ tip: hash(3), final: hash(3), entries: 0 })
  })

  it('writes in the order of the calls, awaited or not', async () => {
    const index = await suite.make()
    const writes = Array.from({ length: 20 }, (_, i) =>
      index.write({ tip: hash(i), final: hash(0), entries: i, notes: [{ name: 'n', value: bytes(i) }] }),
    )
    await Promise.all(writes)
    expect(await index.head()).toEqual({ tip: hash(19), final: hash(0), entries: 19 })
    expect(await index.note('n')).toEqual(bytes(19))
  })

  const { reopen } = suite
  if (reopen === undefined) return
  it('has all of it when it is opened again', async () => {
    const again = await reopen(await filled())
    const { id } = suite.header(0n, 0)
    expect(plain(await again.block(id))).toEqual(plain(blockOf(suite, 0n, 0, -1)))
    expect([await again.node(hash(1)), await again.note('note')]).toEqual([bytes(1), bytes(4)])
    expect((await again.head())?.entries).toBe(1)
    expect((await again.followed(0n, 9)).length).toBe(1)
    expect(placesOf(await again.record(hash(7)))).toEqual(placesOf([{ block: id, place: 3 }]))
  })
}

import { systemRandom } from '@chartseal/core/system'
import { answerShl, createLink, type ServedLink } from '@chartseal/ipfs-envelope/shl'
import { shlStoreSuite } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { Committer } from '../dist/clinic/committer.js'
import { shlStoreOf } from '../dist/clinic/shl-store.js'
import type { GrantsVersion, NewLink, OpenedStore } from '../dist/store.js'
import { bytes, emptyTarget, engine, newStore, open } from './store-world.js'

const day = 86_400_000
const cids = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, i) => `cid-${`${from + i}`.padStart(6, '0')}`)

async function hold(store: OpenedStore, kid: string, all: readonly string[], nowMs = 5): Promise<void> {
  await store.inTx(async ({ blobs }) => {
    for (const cid of all) await blobs.put({ cid, kid, sizeBytes: 10, nowMs }, 1e9)
  })
}

const roomyLinks = { links: 9, bytes: 1e9 }

const grants = (over: Partial<GrantsVersion> = {}): GrantsVersion => ({
  package: 'p',
  seq: 1,
  owner: 'owner',
  listCid: `list-${over.seq ?? 1}`,
  previousCid: null,
  version: 1,
  payload: 'cid-000000',
  notBeforeMs: 0,
  notAfterMs: null,
  purposes: [],
  bytes: bytes(1, 2, over.seq ?? 1),
  bodyHash: new Uint8Array(32).fill(over.seq ?? 1),
  readers: [],
  blocks: cids(1),
  nowMs: 9,
  ...over,
})

describe(`blocks on ${engine}`, () => {
  it('are counted once for each device that put them, up to its share', async () => {
    const { blobs } = await newStore()
    const blob = { cid: 'a', kid: 'k', sizeBytes: 60, nowMs: 5 }
    expect(await blobs.put(blob, 100)).toEqual({ sizeBytes: 60, storedMs: 5 })
    expect(await blobs.put({ ...blob, nowMs: 6 }, 100)).toEqual({ sizeBytes: 60, storedMs: 5 })
    expect(await blobs.room({ ...blob, cid: 'b' }, 100)).toBe('full')
    expect(await blobs.put({ ...blob, cid: 'b' }, 100)).toBe('full')
    expect(await blobs.put({ ...blob, kid: 'other' }, 100)).toEqual({ sizeBytes: 60, storedMs: 5 })
    expect(await blobs.put({ ...blob, cid: 'b', sizeBytes: 40 }, 100)).toEqual({ sizeBytes: 40, storedMs: 5 })
    expect(await blobs.list({ limit: 9 })).toEqual(['a', 'b'])
    expect(await blobs.list({ afterCid: 'a', limit: 9 })).toEqual(['b'])
    expect(await blobs.find('c')).toBeNull()
  })

  it('put by many at once are one block, and held by each', async () => {
    const store = await newStore()
    const kids = Array.from({ length: 12 }, (_, i) => `kid-${i}`)
    await Promise.all(kids.map(kid => hold(store, kid, ['a'])))
    expect(await store.blobs.list({ limit: 9 })).toEqual(['a'])
    for (const kid of kids) expect(await store.blobs.held('a', kid)).not.toBeNull()
  })

  it('are let go by one device at a time, and gone with the last', async () => {
    const store = await newStore()
    await hold(store, 'one', ['a', 'b'])
    await hold(store, 'two', ['a'])
    const release = (kid: string, all: readonly string[]) =>
      store.blobs.release({ root: 'a', cids: all, kid, nowMs: 7 })
    expect(await release('one', ['b', 'a'])).toEqual(['b'])
    expect(await store.blobs.readable('a', 'one', 8)).toBe('deleted')
    expect(await store.blobs.readable('a', 'two', 8)).toEqual({ sizeBytes: 10, storedMs: 5 })
    expect(await store.blobs.put({ cid: 'a', kid: 'one', sizeBytes: 10, nowMs: 8 }, 100)).toBe('deleted')
    expect(await release('two', ['a'])).toEqual(['a'])
    expect(await release('two', ['a'])).toEqual([])
    expect(await release('two', [])).toEqual([])
    await expect(release('two', cids(201))).rejects.toThrow('at most 200')
    // There is room again.
    expect(await store.blobs.room({ cid: 'c', kid: 'one', sizeBytes: 100, nowMs: 9 }, 100)).toBe('room')
  })

  it('that no package of their device names are let go when their time is over, a part at a time', async () => {
    const store = await newStore()
    await hold(store, 'owner', cids(250), 5)
    await hold(store, 'other', cids(2), 6)
    await hold(store, 'owner', cids(1, 900), 7)
    await store.packages.put(grants({ blocks: cids(2) }), 1e9)
    const [first, second, last] = [
      await store.blobs.releaseUnnamed(6),
      await store.blobs.releaseUnnamed(6),
      await store.blobs.releaseUnnamed(6),
    ]
    expect([first.count, second.count, last.count]).toEqual([200, 50, 0])
    // What the other device put is named by no package of its own, and stays for the owner.
    expect([...first.gone, ...second.gone].toSorted()).toEqual(cids(248, 2))
    expect(await store.blobs.held('cid-000000', 'owner')).not.toBeNull()
    expect(await store.blobs.held('cid-000000', 'other')).toBeNull()
    expect(await store.blobs.held('cid-000900', 'owner')).not.toBeNull()
  })
})

describe(`packages on ${engine}`, () => {
  it('grow by lists that follow each other, of one owner', async () => {
    const store = await newStore()
    await hold(store, 'owner', cids(2))
    const { packages } = store
    const put = (over: Partial<GrantsVersion>) => packages.put(grants(over), 1e9)
    expect(await put({ seq: 2, previousCid: 'list-1' })).toBe('gap')
    expect(await put({ previousCid: 'x' })).toBe('conflict')
    expect(await put({ blocks: ['missing'] })).toBe('payload')
    expect(await packages.find('p')).toBeNull()
    expect(await put({})).toBe('stored')
    expect(await put({})).toBe('same')
    expect(await put({ bodyHash: new Uint8Array(32) })).toBe('conflict')
    const second = { seq: 2, previousCid: 'list-1', blocks: [] }
    expect(await put({ ...second, owner: 'other' })).toBe('owner')
    expect(await put({ ...second, previousCid: null })).toBe('conflict')
    expect(await put({ ...second, version: 2 })).toBe('conflict')
    expect(await put({ ...second, payload: 'cid-000001' })).toBe('conflict')
    expect(await put({ ...second, payload: 'cid-000001', version: 3 })).toBe('conflict')
    expect(await packages.check(grants(second), 1e9)).toBe('stored')
    expect(await put({ ...second, payload: 'cid-000001', version: 2, blocks: ['cid-000001'] })).toBe('stored')
    expect(await put({})).toBe('same')
    expect(await packages.find('p')).toEqual({
      id: 'p',
      owner: 'owner',
      seq: 2,
      listCid: 'list-2',
      version: 2,
      payload: 'cid-000001',
      isOpen: false,
      notBeforeMs: 0,
      notAfterMs: null,
      purposes: [],
      updatedMs: 9,
      mayJump: false,
    })
    expect(await packages.bytesOf('p')).toEqual(bytes(1, 2, 2))
    expect([await packages.storedMs('p', 1), await packages.storedMs('p', 3)]).toEqual([9, null])
  })

  it('count their newest list among the bytes of their owner', async () => {
    const store = await newStore()
    await hold(store, 'owner', cids(1))
    const list = (size: number, over: Partial<GrantsVersion> = {}) =>
      grants({ bytes: new Uint8Array(size), ...over })
    const second = { seq: 2, previousCid: 'list-1', blocks: [] }
    expect(await store.packages.put(list(31), 40)).toBe('full')
    expect(await store.packages.find('p')).toBeNull()
    expect(await store.packages.put(list(30), 40)).toBe('stored')
    expect(await store.blobs.put({ cid: 'b', kid: 'owner', sizeBytes: 1, nowMs: 5 }, 40)).toBe('full')
    expect(await store.packages.check(list(31, second), 40)).toBe('full')
    expect(await store.packages.put(list(20, second), 40)).toBe('stored')
    expect(await store.blobs.put({ cid: 'b', kid: 'owner', sizeBytes: 10, nowMs: 5 }, 40)).toMatchObject({
      sizeBytes: 10,
    })
  })

  it('of twenty lists with one number that come at once take one', async () => {
    const store = await newStore()
    await hold(store, 'owner', cids(1))
    const puts = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        store.inTx(({ packages }) => packages.put(grants({ bodyHash: new Uint8Array(32).fill(i) }), 1e9)),
      ),
    )
    expect(puts.filter(put => put === 'stored')).toHaveLength(1)
    expect(puts.filter(put => put === 'conflict')).toHaveLength(19)
  })

  it('hold ten thousand readers and sixteen thousand blocks', async () => {
    const store = await newStore()
    const all = cids(16_384)
    for (let at = 0; at < all.length; at += 512) {
      const part = all.slice(at, at + 512)
      const [kid, size_bytes] = ['owner', 10]
      await store.db
        .insertInto('blobs')
        .values(part.map(cid => ({ cid, size_bytes, stored_ms: 5 })))
        .execute()
      await store.db
        .insertInto('blob_holders')
        .values(part.map(cid => ({ cid, kid, size_bytes, since_ms: 5, named: 0 })))
        .execute()
    }
    const readers = Array.from({ length: 10_000 }, (_, i) => {
      return {
        kid: `kid-${`${i}`.padStart(5, '0')}`,
        untilMs: i === 7 ? 100 : null,
        purposes: ['TREAT', 'BTG'],
      }
    })
    expect(await store.packages.put(grants({ readers, blocks: all }), 1e9)).toBe('stored')
    expect((await store.packages.readersOf('p'))[9_999]).toEqual(readers[9_999])
    expect(await store.packages.readerOf('p', 'kid-00007')).toEqual(readers[7])
    expect(await store.packages.readerOf('p', 'kid-x')).toBeNull()
    const last = all.at(-1) ?? ''
    expect(await store.blobs.readable(last, 'kid-00007', 99)).toMatchObject({ sizeBytes: 10 })
    expect(await store.blobs.readable(last, 'kid-00007', 100)).toBe('missing')
    expect(await store.blobs.readable(last, 'kid-x', 9)).toBe('missing')
    expect(await store.blobs.isPart(last, 'owner')).toBe(true)
    expect(await store.blobs.isPart('cid-000000', 'owner')).toBe(false)
    expect(await store.packages.ofDevice('kid-00007', 99, { limit: 5 })).toMatchObject([
      { found: { id: 'p' }, reader: { untilMs: 100, purposes: ['TREAT', 'BTG'] } },
    ])
    expect(await store.packages.ofDevice('kid-00007', 100, { limit: 5 })).toEqual([])
    expect(await store.packages.ofDevice('owner', 100, { limit: 5 })).toMatchObject([{ reader: null }])
  })

  it('give their blocks within the time of their list, and to everybody where only keys decide', async () => {
    const store = await newStore()
    await hold(store, 'owner', cids(1))
    const put = (over: Partial<GrantsVersion>) => store.packages.put(grants(over), 1e9)
    await put({ readers: null, notBeforeMs: 10, notAfterMs: 20 })
    const read = (kid: string, nowMs: number) => store.blobs.readable('cid-000000', kid, nowMs)
    expect([await read('x', 9), await read('x', 21)]).toEqual(['missing', 'missing'])
    expect([await read('x', 10), await read('x', 20), await read('owner', 1)]).toMatchObject([{}, {}, {}])
    await put({ seq: 2, previousCid: 'list-1', blocks: [], readers: [] })
    expect(await read('x', 15)).toBe('missing')
  })

  it('keep blocks that another payload of theirs has, too', async () => {
    const store = await newStore()
    await hold(store, 'owner', cids(3))
    await store.packages.put(grants({ blocks: ['cid-000000', 'cid-000002'] }), 1e9)
    await store.packages.put(
      grants({ package: 'q', payload: 'cid-000001', blocks: ['cid-000001', 'cid-000002'] }),
      1e9,
    )
    const release = { root: 'cid-000000', cids: ['cid-000002', 'cid-000000'], kid: 'owner', nowMs: 9 }
    expect(await store.blobs.release(release)).toEqual(['cid-000000'])
    expect(await store.blobs.readable('cid-000002', 'owner', 10)).toMatchObject({ sizeBytes: 10 })
  })
})

const newLink = ({ files, ...link }: ServedLink, over: Partial<NewLink> = {}): NewLink => ({
  ...link,
  files: [...files],
  owner: 'owner',
  bodyHash: new Uint8Array(32).fill(1),
  nowMs: 5,
  ...over,
})

async function served(over: object = {}): Promise<ServedLink> {
  const content = new TextEncoder().encode('{"resourceType":"Patient"}')
  const options = {
    baseUrl: 'https://clinic.example/shl',
    files: [{ contentType: 'application/fhir+json', content, fhirVersion: '4.0.1' }],
    nowMs: 5,
    verifierIterations: 10,
    ...over,
  }
  return (await createLink(options)).served
}

/** The rules over a store, without a log of a clinic. */
function rulesOver(store: OpenedStore) {
  const noLog = { record: async () => Promise.reject(new Error('nothing is logged here')) }
  const world = { store, writes: new Committer(store), log: Object.assign(Object.create(null), noLog) }
  return { ...shlStoreOf(world), recordAccess: async () => undefined }
}

shlStoreSuite(`tables on ${engine}`, async () => {
  const target = await emptyTarget()
  const store = await open(target)
  return {
    store: rulesOver(store),
    async put(link) {
      expect(await store.links.put(newLink(link), roomyLinks)).toBe('stored')
    },
    async end(id, atMs) {
      expect(await store.links.end(id, atMs)).toBe(true)
    },
    reopen: async () => rulesOver(await open(target)),
  }
})

describe(`links on ${engine}`, () => {
  it('take other files while they live on, and nothing else', async () => {
    const { links } = await newStore()
    const [fixed, living] = [await served(), await served({ longTerm: true })]
    const hash = (value: number) => ({ bodyHash: new Uint8Array(32).fill(value) })
    expect(await links.put(newLink(fixed), roomyLinks)).toBe('stored')
    expect(await links.put(newLink(fixed), roomyLinks)).toBe('same')
    expect(await links.put(newLink(fixed, { owner: 'other' }), roomyLinks)).toBe('conflict')
    expect(await links.put(newLink(fixed, hash(2)), roomyLinks)).toBe('conflict')
    expect(await links.put(newLink(living), roomyLinks)).toBe('stored')
    const { files } = await served({ zip: false })
    await links.addTicket({ hash: bytes(1), link: living.id, file: 0, recipient: 'r', expiresMs: 9 })
    expect(await links.put(newLink(living, { ...hash(2), files }), roomyLinks)).toBe('stored')
    expect(await links.jwe(living.id, 0)).toBe(files[0]?.jwe)
    expect(await links.takeTicket(living.id, bytes(1))).toBeNull()
    for (const change of [{ expMs: 99 }, { flags: 'LP' }, { maxWrongPasscodes: 99 }, { owner: 'other' }])
      expect(await links.put(newLink(living, { ...hash(3), ...change }), roomyLinks)).toBe('conflict')
    expect(await links.end(living.id, 7)).toBe(true)
    expect(await links.end(living.id, 8)).toBe(false)
    expect(await links.put(newLink(living, hash(4)), roomyLinks)).toBe('conflict')
    expect([await links.jwe(living.id, 0), await links.files(living.id)]).toEqual([null, []])
    expect(await links.find(living.id)).toMatchObject({ endedMs: 7, madeMs: 5 })
    expect(await links.countWrongPasscode(living.id, 0, 1)).toBe(false)
  })

  it('are so many of one device that have not ended, listed in the order of their ids', async () => {
    const { links } = await newStore()
    const all = [await served(), await served(), await served()]
    for (const [i, link] of all.entries())
      expect(await links.put(newLink(link), { ...roomyLinks, links: 2 })).toBe(i < 2 ? 'stored' : 'full')
    await links.end(all[0]?.id ?? '', 7)
    expect(
      await links.check(newLink(all[2] ?? all[0] ?? (await served())), { ...roomyLinks, links: 2 }),
    ).toBe('stored')
    const ids = [all[0]?.id ?? '', all[1]?.id ?? ''].toSorted()
    const page = await links.ofOwner('owner', { limit: 1 })
    expect(page.map(({ id }) => id)).toEqual(ids.slice(0, 1))
    const rest = await links.ofOwner('owner', { limit: 9, afterId: ids[0] ?? '' })
    expect(rest.map(({ id }) => id)).toEqual(ids.slice(1))
    expect(await links.ofOwner('other', { limit: 9 })).toEqual([])
  })

  it('remember who opened them, in order, and what counts as opening', async () => {
    const { links } = await newStore()
    const { id } = await served()
    const access = {
      link: id,
      atMs: 6,
      kind: 'manifest',
      recipient: 'Dr. Ü',
      file: null,
      leafIndex: 3,
    } as const
    await links.put(newLink({ ...(await served()), id }), roomyLinks)
    const others = [
      { ...access, kind: 'wrong-passcode' },
      { ...access, kind: 'file', file: 0 },
      { ...access, kind: 'direct' },
    ] as const
    expect(await links.addAccess(access)).toBe(1)
    for (const one of others) await links.addAccess(one)
    expect(await links.accesses(id, { limit: 2 })).toEqual([
      { ...access, position: 1 },
      { ...others[0], position: 2 },
    ])
    expect(await links.accesses(id, { after: 2, limit: 9 })).toHaveLength(2)
    expect(await links.find(id)).toMatchObject({ opened: 2 })
  })

  it('forget tickets that nobody used in time', async () => {
    const store = await newStore()
    const link = await served()
    await store.links.put(newLink(link), roomyLinks)
    for (const [i, expiresMs] of [10, 11].entries())
      await store.links.addTicket({ hash: bytes(i), link: link.id, file: 0, recipient: 'r', expiresMs })
    const purged = await store.purge(10, { keepAcknowledgedMs: day, keepInvitationsMs: day })
    expect(purged.tickets).toBe(1)
    expect(await store.links.takeTicket(link.id, bytes(0))).toBeNull()
    expect(await store.links.takeTicket(link.id, bytes(1))).not.toBeNull()
  })

  it('are guessed at as often as they allow, by 64 at once at two servers, and then by nobody', async () => {
    const target = await emptyTarget()
    const [one, two] = [await open(target), await open(target)]
    const link = await served({ passcode: '2468', maxWrongPasscodes: 10 })
    await one.links.put(newLink(link), roomyLinks)
    const ask = (store: OpenedStore, passcode: string) =>
      answerShl(
        {
          store: rulesOver(store),
          nowMs: 6,
          random: systemRandom,
          url: id => `https://clinic.example/${id}`,
        },
        {
          method: 'POST',
          linkId: link.id,
          ticket: null,
          recipient: null,
          body: JSON.stringify({ recipient: 'r', passcode }),
        },
      )
    // Right ones change nothing, however many.
    const right = await Promise.all(Array.from({ length: 8 }, (_, i) => ask(i % 2 === 0 ? one : two, '2468')))
    expect(right.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    const guesses = await Promise.all(
      Array.from({ length: 64 }, (_, i) => ask(i % 2 === 0 ? one : two, `guess ${i}`)),
    )
    const told = guesses.filter(({ status }) => status === 401).map(({ body }) => JSON.parse(body))
    expect(told.map(({ remainingAttempts }) => remainingAttempts).toSorted((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
    expect(guesses.filter(({ status }) => status === 404)).toHaveLength(54)
    expect((await ask(two, '2468')).status).toBe(404)
    expect(await one.links.find(link.id)).toMatchObject({ wrongPasscodes: 10 })
  })
})

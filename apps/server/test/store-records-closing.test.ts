import { createLink, type ServedLink } from '@chartseal/ipfs-envelope/shl'
import { describe, expect, it } from 'vitest'
import { closeAllPackages, endAllLinks } from '../dist/store/tables/closing.js'
import type { GrantsVersion, NewLink, OpenedStore } from '../dist/store.js'
import { addDevice, bytes, engine, newStore } from './store-world.js'

const day = 86_400_000
const rules = { keepAcknowledgedMs: day, keepInvitationsMs: day }
const roomy = { links: 9, bytes: 1e9 }

async function hold(store: OpenedStore, kid: string, ...cids: readonly string[]): Promise<void> {
  for (const cid of cids) await store.blobs.put({ cid, kid, sizeBytes: 10, nowMs: 5 }, 1e9)
}

const grants = (owner: string, over: Partial<GrantsVersion> = {}): GrantsVersion => ({
  package: `p-${owner}`,
  seq: 1,
  owner,
  listCid: `list-${over.seq ?? 1}`,
  previousCid: null,
  version: 1,
  payload: 'root',
  notBeforeMs: 0,
  notAfterMs: null,
  purposes: [],
  bytes: bytes(1, 2),
  bodyHash: new Uint8Array(32).fill(over.seq ?? 1),
  readers: [{ kid: 'reader', untilMs: null, purposes: ['TREAT'] }],
  blocks: ['root'],
  nowMs: 9,
  ...over,
})

async function served(over: object = {}): Promise<ServedLink> {
  const content = new TextEncoder().encode('{"resourceType":"Patient"}')
  const files = [{ contentType: 'application/fhir+json', content }]
  return (await createLink({ baseUrl: 'https://clinic.example/shl', files, nowMs: 5, ...over })).served
}

const linkOf = ({ files, ...link }: ServedLink, over: Partial<NewLink> = {}): NewLink => ({
  ...link,
  files: [...files],
  owner: 'kid-a',
  bodyHash: new Uint8Array(32).fill(1),
  nowMs: 5,
  ...over,
})

const sizeOf = ({ files }: ServedLink): number => files.reduce((sum, { jwe }) => sum + jwe.length, 0)

async function keptBytes({ db }: OpenedStore, kid: string): Promise<number> {
  const shares = db.selectFrom('blob_shares').select('kept_bytes').where('kid', '=', kid)
  return (await shares.executeTakeFirst())?.kept_bytes ?? 0
}

describe(`a device that ends on ${engine}`, () => {
  it('ends its links and closes its packages, and leaves those of others', async () => {
    const store = await newStore()
    for (const name of ['a', 'b']) {
      await addDevice(store, name)
      await hold(store, `kid-${name}`, 'root')
      await store.packages.put(grants(`kid-${name}`), 1e9)
    }
    await store.packages.put(grants('kid-a', { package: 'open', readers: null }), 1e9)
    const [own, other] = [await served(), await served()]
    await store.links.put(linkOf(own), roomy)
    await store.links.put(linkOf(other, { owner: 'kid-b' }), roomy)
    await store.links.addTicket({ hash: bytes(1), link: own.id, file: 0, recipient: 'r', expiresMs: 9 })
    expect(await store.devices.end('kid-a', 7)).toBe(true)
    expect(await store.devices.end('kid-a', 8)).toBe(false)
    expect(await store.links.find(own.id)).toMatchObject({ endedMs: 7 })
    expect(await store.links.files(own.id)).toEqual([])
    expect(await store.links.takeTicket(own.id, bytes(1))).toBeNull()
    expect(await store.links.find(other.id)).toMatchObject({ endedMs: null })
    expect(await store.packages.readersOf('p-kid-a')).toEqual([])
    expect(await store.packages.find('open')).toMatchObject({ isOpen: false })
    expect(await store.packages.readersOf('p-kid-b')).toHaveLength(1)
    expect(await store.blobs.readable('root', 'reader', 9)).toMatchObject({ sizeBytes: 10 })
    await store.devices.end('kid-b', 9)
    expect(await store.blobs.readable('root', 'reader', 9)).toBe('missing')
  })

  it('does all of it or nothing', async () => {
    const store = await newStore()
    await addDevice(store, 'a')
    await hold(store, 'kid-a', 'root')
    await store.packages.put(grants('kid-a'), 1e9)
    const link = await served()
    await store.links.put(linkOf(link), roomy)
    const undone = store.inTx(async ({ devices }) => {
      await devices.end('kid-a', 7)
      throw new Error('the disk is full')
    })
    await expect(undone).rejects.toThrow('the disk is full')
    expect(await store.devices.find('kid-a')).toMatchObject({ endedMs: null })
    expect(await store.links.files(link.id)).toHaveLength(1)
    expect(await store.packages.readersOf('p-kid-a')).toHaveLength(1)
  })
})

describe(`packages of a restored store on ${engine}`, () => {
  it('are given to nobody until their owner publishes anew, once with any later number', async () => {
    const store = await newStore()
    const owner = 'kid-a'
    await hold(store, owner, 'root', 'next')
    const put = (over: Partial<GrantsVersion>) => store.packages.put(grants(owner, over), 1e9)
    expect(await put({})).toBe('stored')
    expect(await put({ seq: 2, previousCid: 'list-1', readers: null, blocks: [] })).toBe('stored')
    expect(await closeAllPackages(store.db)).toBe(1)
    expect(await store.blobs.readable('root', 'reader', 9)).toBe('missing')
    // What went before is known, and brings nothing back.
    expect(await put({})).toBe('same')
    expect(await put({ seq: 2, bodyHash: bytes(9) })).toBe('conflict')
    expect(await put({ seq: 1, bodyHash: bytes(9) })).toBe('conflict')
    expect(await put({ seq: 9, version: 1, payload: 'next', blocks: ['next'] })).toBe('conflict')
    expect(await store.packages.put(grants('thief', { package: `p-${owner}`, seq: 9 }), 1e9)).toBe('owner')
    expect(await store.packages.find(`p-${owner}`)).toMatchObject({ mayJump: true, isOpen: false })
    expect(await put({ seq: 9, version: 4, payload: 'next', blocks: ['next'] })).toBe('stored')
    expect(await store.blobs.readable('next', 'reader', 9)).toMatchObject({ sizeBytes: 10 })
    expect(await put({ seq: 11, version: 4, payload: 'next', previousCid: 'list-9' })).toBe('gap')
  })

  it('have their readers again where the newest list is put once more', async () => {
    const store = await newStore()
    await hold(store, 'kid-a', 'root')
    await store.packages.put(grants('kid-a'), 1e9)
    await closeAllPackages(store.db)
    expect(await store.packages.check(grants('kid-a'), 1e9)).toBe('stored')
    expect(await store.packages.put(grants('kid-a', { nowMs: 20 }), 1e9)).toBe('stored')
    expect(await store.packages.put(grants('kid-a'), 1e9)).toBe('same')
    expect(await store.blobs.readable('root', 'reader', 9)).toMatchObject({ sizeBytes: 10 })
    expect(await store.packages.storedMs('p-kid-a', 1)).toBe(9)
  })

  it('may be unknown and begin anywhere', async () => {
    const store = await newStore()
    await hold(store, 'kid-a', 'root')
    const late = grants('kid-a', { seq: 5, version: 2, previousCid: 'list-4' })
    expect(await store.packages.put(late, 1e9)).toBe('gap')
    await store.settings.set('restored', '{}')
    expect(await store.packages.put(late, 1e9)).toBe('stored')
  })
})

describe(`blocks that were deleted on ${engine}`, () => {
  it('are deleted for whoever had them, and for readers, and can be put by anybody else', async () => {
    const store = await newStore()
    await hold(store, 'owner', 'root', 'leaf')
    await hold(store, 'other', 'theirs')
    await store.packages.put(grants('owner', { blocks: ['root', 'leaf'] }), 1e9)
    const release = { root: 'root', cids: ['leaf', 'theirs', 'later', 'root'], kid: 'owner', nowMs: 7 }
    expect((await store.blobs.release(release)).toSorted()).toEqual(['leaf', 'root'])
    for (const kid of ['owner', 'reader']) expect(await store.blobs.readable('leaf', kid, 9)).toBe('deleted')
    expect(await store.blobs.readable('leaf', 'other', 9)).toBe('missing')
    expect(await store.blobs.readable('theirs', 'other', 9)).toMatchObject({ sizeBytes: 10 })
    const put = (cid: string, kid: string) => store.blobs.put({ cid, kid, sizeBytes: 10, nowMs: 8 }, 1e9)
    expect(await put('leaf', 'owner')).toBe('deleted')
    for (const kid of ['owner', 'other', 'third']) expect(await put('later', kid)).toMatchObject({})
    for (const kid of ['other', 'third']) expect(await put('leaf', kid)).toMatchObject({})
    expect(await put('theirs', 'owner')).toMatchObject({})
  })

  it('are said to have a size by whoever holds them alone', async () => {
    const store = await newStore()
    await hold(store, 'owner', 'root', 'leaf')
    await hold(store, 'other', 'theirs')
    const sizes = await store.blobs.heldSizes('owner', ['root', 'leaf', 'theirs', 'none'])
    expect(Object.fromEntries(sizes)).toEqual({ root: 10, leaf: 10 })
  })
})

describe(`files of links on ${engine}`, () => {
  it('count among the bytes of their owner until the link ends', async () => {
    const store = await newStore()
    const [link, more] = [await served({ longTerm: true }), await served()]
    const size = sizeOf(link)
    const limits = { links: 9, bytes: size }
    expect(await store.links.put(linkOf(link), { links: 9, bytes: size - 1 })).toBe('quota')
    expect(await store.links.put(linkOf(link), limits)).toBe('stored')
    expect(await keptBytes(store, 'kid-a')).toBe(size)
    expect(await store.links.put(linkOf(link), limits)).toBe('same')
    expect(await store.links.put(linkOf(more), limits)).toBe('quota')
    // Other files take the place of those before.
    const other = linkOf(link, { bodyHash: new Uint8Array(32).fill(2) })
    expect(await store.links.put(other, limits)).toBe('stored')
    expect(await keptBytes(store, 'kid-a')).toBe(size)
    expect(await store.blobs.room({ cid: 'b', kid: 'kid-a', sizeBytes: 1, nowMs: 5 }, size)).toBe('full')
    await store.links.end(link.id, 7)
    expect(await store.links.end(link.id, 8)).toBe(false)
    expect(await keptBytes(store, 'kid-a')).toBe(0)
    expect(await store.links.put(linkOf(more), roomy)).toBe('stored')
    expect(await endAllLinks(store.db, 9)).toBe(1)
    expect(await keptBytes(store, 'kid-a')).toBe(0)
  })

  it('go when it has expired or is used up, and nobody asks for it any more', async () => {
    const store = await newStore()
    const [expired, used, living, later] = [
      await served({ expMs: 2_000 }),
      await served({ passcode: '2468', maxWrongPasscodes: 1, verifierIterations: 10 }),
      await served(),
      await served({ expMs: 3_000 }),
    ]
    for (const link of [expired, used, living, later]) await store.links.put(linkOf(link), roomy)
    expect(await store.links.countWrongPasscode(used.id, 0, 1)).toBe(true)
    expect(await store.purge(2_000, rules)).toMatchObject({ links: 2 })
    expect(await store.purge(2_000, rules)).toMatchObject({ links: 0 })
    for (const { id } of [expired, used]) {
      expect(await store.links.find(id)).toMatchObject({ endedMs: 2_000 })
      expect(await store.links.jwe(id, 0)).toBeNull()
    }
    for (const { id } of [living, later]) expect(await store.links.files(id)).toHaveLength(1)
    expect(await keptBytes(store, 'kid-a')).toBe(sizeOf(living) + sizeOf(later))
  })
})

describe(`links that were ended before they were there on ${engine}`, () => {
  it('are refused of that device for a time, and so many of them', async () => {
    const store = await newStore()
    const [link, second] = [await served(), await served()]
    const refuse = (id: string, owner = 'kid-a') => store.links.refuse({ id, owner, expiresMs: 100 }, 1)
    expect([await refuse(link.id), await refuse(link.id)]).toEqual([true, true])
    expect(await refuse(second.id)).toBe(false)
    expect(await refuse(second.id, 'kid-b')).toBe(true)
    expect(await store.links.put(linkOf(link), roomy)).toBe('conflict')
    expect(await store.links.put(linkOf(link, { nowMs: 100 }), roomy)).toBe('stored')
    expect(await store.links.put(linkOf(second), roomy)).toBe('stored')
    expect(await store.purge(99, rules)).toMatchObject({ refusedLinks: 0 })
    expect(await store.purge(100, rules)).toMatchObject({ refusedLinks: 2 })
    expect(await refuse(second.id)).toBe(true)
  })
})

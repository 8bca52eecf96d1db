import { describe, expect, it } from 'vitest'
import { copyRows } from '../dist/store/copy.js'
import type { GrantsVersion, NewEmergency, StoredEmergencyEvent } from '../dist/store/port.js'
import { voidEmergencies } from '../dist/store/tables/break-glass.js'
import type { OpenedStore } from '../dist/store.js'
import { bytes, emptyTarget, engine, newStore, open } from './store-world.js'

const set = (id: string, over: object = {}) => ({
  id,
  hash: `hash-${id}`,
  owner: 'rosa',
  patient: 'ana',
  package: 'record',
  version: 1,
  payload: 'root',
  isDrill: false,
  custodians: ['eva', 'luis'],
  bytes: bytes(1),
  nowMs: 5,
  ...over,
})

const emergency = (id: string, over: Partial<NewEmergency> = {}): NewEmergency => ({
  id,
  set: 'a',
  requester: 'ines',
  decideByMs: 100,
  accessUntilMs: 200,
  parties: ['ines', 'eva', 'luis', 'rosa', 'ana'],
  ...over,
})

const grants = (over: Partial<GrantsVersion>): GrantsVersion => ({
  package: 'record',
  seq: 1,
  owner: 'rosa',
  listCid: `list-${over.seq ?? 1}`,
  previousCid: over.seq === undefined ? null : 'list-1',
  version: 1,
  payload: 'root',
  notBeforeMs: 0,
  notAfterMs: null,
  purposes: [],
  bytes: bytes(1),
  bodyHash: new Uint8Array(32),
  readers: [],
  blocks: ['root', 'leaf'],
  nowMs: 9,
  ...over,
})

let leaves = 0

/** With the opening of its entry. */
async function event(
  { openings }: OpenedStore,
  request: string,
  number: number,
  over: Partial<StoredEmergencyEvent> = {},
): Promise<StoredEmergencyEvent> {
  const hash = over.hash ?? `${request}-${number}`
  const opening = `of-${hash}`
  leaves += 1
  await openings.add({ id: opening, log: 'log', leafIndex: leaves, salt: null, entry: bytes(1), parties: [] })
  const standing = { role: 'doctor', isOfficer: false }
  const rest = { kind: 'request', by: 'ines', ...standing, bytes: bytes(number), nowMs: 10 + number }
  return { request, number, hash, opening, ...rest, ...over }
}

async function asked(store: OpenedStore, id: string, over: Partial<NewEmergency> = {}) {
  return store.breakGlass.ask(emergency(id, over), await event(store, id, 0))
}

async function withSet(): Promise<OpenedStore> {
  const store = await newStore()
  expect(await store.breakGlass.putSet(set('a'))).toBe('stored')
  return store
}

const idsOf = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id)

describe(`break-glass on ${engine}`, () => {
  it('keeps the newest card of a custodian whose device lives', async () => {
    const { breakGlass, devices } = await newStore()
    const card = (atMs: number, value = atMs) => ({ kid: 'eva', atMs, bytes: bytes(value), nowMs: 50 })
    await devices.add({ kid: 'eva', role: 'custodian', keys: bytes(1), box: 'box', addedMs: 1 })
    expect(await breakGlass.putCard(card(2))).toBe('stored')
    expect(await breakGlass.putCard(card(2))).toBe('same')
    expect([await breakGlass.putCard(card(2, 9)), await breakGlass.putCard(card(1))]).toEqual([
      'conflict',
      'conflict',
    ])
    expect(await breakGlass.putCard(card(3))).toBe('stored')
    expect(await breakGlass.cards({ limit: 9 })).toEqual([{ ...card(3), role: 'custodian' }])
    expect(await breakGlass.cards({ afterKid: 'eva', limit: 9 })).toEqual([])
    await devices.end('eva', 7)
    expect(await breakGlass.cards({ limit: 9 })).toEqual([])
  })

  it('keeps sets in their order, for whom they concern', async () => {
    const { breakGlass } = await withSet()
    expect(await breakGlass.putSet(set('a'))).toBe('same')
    expect(await breakGlass.putSet(set('a', { hash: 'other' }))).toBe('conflict')
    await breakGlass.putSet(set('b', { patient: '', custodians: ['eva', 'ana'], package: 'other' }))
    expect(await breakGlass.findSet('a')).toMatchObject({ position: 1, hash: 'hash-a', storedMs: 5 })
    expect((await breakGlass.findSetByHash('hash-b'))?.id).toBe('b')
    expect([await breakGlass.findSet('c'), await breakGlass.findSetByHash('c')]).toEqual([null, null])
    const of = async (party?: string) =>
      idsOf(await breakGlass.sets({ limit: 9, ...(party === undefined ? {} : { party }) }))
    expect([await of(), await of('rosa'), await of('luis'), await of('ana'), await of('x')]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a'],
      ['a', 'b'],
      [],
    ])
    expect(idsOf(await breakGlass.sets({ limit: 1, after: 1 }))).toEqual(['b'])
    const first = { package: 'record', owner: 'rosa', position: 1 }
    await breakGlass.putSet(set('d', { owner: 'mallory' }))
    expect(await breakGlass.hasNewerSet(first)).toBe(false)
    await breakGlass.putSet(set('c'))
    expect(await breakGlass.hasNewerSet(first)).toBe(true)
  })

  it('keeps each request with what came of it, one event for each number', async () => {
    const store = await withSet()
    const { breakGlass } = store
    expect([await asked(store, 'r'), await asked(store, 'r')]).toEqual(['stored', 'same'])
    const other = await event(store, 'r', 0, { hash: 'other' })
    expect(await breakGlass.ask(emergency('r'), other)).toBe('conflict')
    const release = await event(store, 'r', 1, { kind: 'release', by: 'eva' })
    const rival = await event(store, 'r', 1, { kind: 'release', by: 'luis', hash: 'rival' })
    const puts = await Promise.all([release, rival].map(one => breakGlass.addEvent(one, {})))
    expect(puts.toSorted()).toEqual(['gap', 'stored'])
    const [, first] = await breakGlass.events('r')
    const loser = first?.by === 'eva' ? rival : release
    expect(await breakGlass.addEvent({ ...loser, number: 3 }, {})).toBe('gap')
    expect(await breakGlass.addEvent({ ...loser, number: 2 }, { isSettled: true })).toBe('stored')
    expect(await breakGlass.addEvent({ ...loser, number: 7 }, {})).toBe('same')
    expect((await breakGlass.events('r')).map(({ number }) => number)).toEqual([0, 1, 2])
    expect(await breakGlass.find('r')).toMatchObject({ position: 1, set: 'a', isVoid: false })
    expect(await breakGlass.partiesOf('r')).toEqual(['ana', 'eva', 'ines', 'luis', 'rosa'])
  })

  it('has a queue that only grows, of which everybody sees their part', async () => {
    const store = await withSet()
    const { breakGlass } = store
    for (const id of ['r', 's', 't']) await asked(store, id)
    await asked(store, 'u', { requester: 'otto', parties: ['otto'] })
    const before = await breakGlass.queue({ limit: 9 })
    await store.purge(10_000_000_000, { keepAcknowledgedMs: 0, keepInvitationsMs: 0 })
    expect(await breakGlass.queue({ limit: 9 })).toEqual(before)
    expect(idsOf(await breakGlass.queue({ limit: 2, after: 1, party: 'eva' }))).toEqual(['s', 't'])
    expect(idsOf(await breakGlass.queue({ limit: 9, party: 'otto' }))).toEqual(['u'])
    expect([await breakGlass.undecided('ines', 99), await breakGlass.undecided('ines', 100)]).toEqual([3, 0])
    await breakGlass.addEvent(await event(store, 's', 1), { isSettled: true })
    expect(await breakGlass.undecided('ines', 99)).toBe(2)
    const since = [10, 11].map(sinceMs => breakGlass.askedSince('ines', sinceMs))
    expect(await Promise.all(since)).toEqual([3, 0])
  })

  it('knows the newest rehearsal that was opened', async () => {
    const store = await withSet()
    const { breakGlass } = store
    await breakGlass.putSet(set('d', { isDrill: true }))
    for (const id of ['r', 's', 't', 'u']) await asked(store, id, { set: id === 'r' ? 'a' : 'd' })
    expect(await breakGlass.lastDrill()).toBeNull()
    for (const id of ['t', 'r', 's'])
      await breakGlass.addEvent(await event(store, id, 1), { openedMs: 120, isSettled: true })
    expect((await breakGlass.lastDrill())?.id).toBe('t')
  })

  it('knows which requests have entries from a leaf of one log on, by leaf', async () => {
    const store = await withSet()
    const { breakGlass } = store
    for (const id of ['r', 's']) await asked(store, id)
    await breakGlass.addEvent(await event(store, 'r', 1), {})
    const whole = await breakGlass.entriesFrom({ log: 'log', from: 0, limit: 9 })
    expect(idsOf(whole)).toEqual(['r', 's', 'r'])
    const from = whole[1]?.leafIndex ?? 0
    expect(await breakGlass.entriesFrom({ log: 'log', from, limit: 9 })).toEqual(whole.slice(1))
    expect(await breakGlass.entriesFrom({ log: 'log', from, limit: 1 })).toEqual(whole.slice(1, 2))
    expect(await breakGlass.entriesFrom({ log: 'other', from: 0, limit: 9 })).toEqual([])
  })

  it('tells those who wait for news', async () => {
    const store = await newStore()
    const told: unknown[] = []
    const news = new Promise(resolve => store.onChange(change => resolve(told.push(change))))
    await store.breakGlass.announce('r')
    await news
    expect(told).toContainEqual({ kind: 'emergency', id: 'r' })
  })

  it('keeps what was taken until it is seen, in its order', async () => {
    const { breakGlass } = await newStore()
    const intent = (hash: string, about = 'r') => ({
      hash,
      about,
      kind: 'release',
      role: '',
      isOfficer: true,
      bytes: bytes(1),
      leaf: bytes(2),
      salt: bytes(3),
      entry: bytes(4),
      nowMs: 5,
    })
    for (const one of [intent('b'), intent('a'), intent('c', 's'), intent('b')]) await breakGlass.intend(one)
    expect(await breakGlass.intents()).toEqual([intent('b'), intent('a'), intent('c', 's')])
    await breakGlass.dropIntent('b')
    expect(await breakGlass.intents('r')).toEqual([intent('a')])
    await breakGlass.intend(intent('d'))
    expect((await breakGlass.intents()).map(({ hash }) => hash)).toEqual(['a', 'c', 'd'])
  })

  it('gives blocks to who opened, until it is closed or over', async () => {
    const store = await withSet()
    const { breakGlass, blobs } = store
    for (const cid of ['root', 'leaf', 'other'])
      await blobs.put({ cid, kid: 'rosa', sizeBytes: 9, nowMs: 1 }, 99)
    await store.packages.put(grants({}), 999)
    await store.packages.put(grants({ seq: 2, version: 2, payload: 'other', blocks: ['other'] }), 999)
    await asked(store, 'r')
    const mayRead = async (cid: string, nowMs = 150, kid = 'ines') =>
      (await blobs.readable(cid, kid, nowMs)) !== 'missing'
    expect(await mayRead('leaf')).toBe(false)
    await breakGlass.addEvent(await event(store, 'r', 1), { openedMs: 120, isSettled: true })
    expect([await mayRead('leaf'), await mayRead('root'), await mayRead('other')]).toEqual([
      true,
      true,
      false,
    ])
    expect([await mayRead('leaf', 200), await mayRead('leaf', 150, 'eva')]).toEqual([false, false])
    await breakGlass.addEvent(await event(store, 'r', 2), { closedMs: 130 })
    expect(await mayRead('leaf')).toBe(false)
    await breakGlass.putSet(set('b', { owner: 'mallory', custodians: ['eva', 'x'] }))
    await asked(store, 's', { set: 'b' })
    await breakGlass.addEvent(await event(store, 's', 1), { openedMs: 120, isSettled: true })
    expect(await mayRead('leaf')).toBe(false)
  })

  it('ends by a restore what was going on, and is copied whole', async () => {
    const store = await withSet()
    const { breakGlass, db } = store
    for (const id of ['r', 's', 't']) await asked(store, id)
    await breakGlass.addEvent(await event(store, 's', 1), { closedMs: 20, isSettled: true })
    await asked(store, 'u', { accessUntilMs: 140 })
    const waiting = { hash: 'h', about: 'v', kind: 'request', role: 'doctor', isOfficer: false, nowMs: 5 }
    const rest = { bytes: bytes(1), leaf: bytes(2), salt: bytes(3), entry: bytes(4) }
    await breakGlass.intend({ ...waiting, ...rest })
    expect([await voidEmergencies(db, 150), await voidEmergencies(db, 150)]).toEqual([2, 0])
    const voids = (await breakGlass.queue({ limit: 9 })).map(({ isVoid }) => isVoid)
    expect(voids).toEqual([true, false, true, true])
    for (const id of ['v', 'w']) await asked(store, id)
    expect([await breakGlass.find('v'), await breakGlass.find('w')]).toMatchObject([
      { isVoid: true },
      { isVoid: false },
    ])
    const target = await open(await emptyTarget())
    await copyRows(db, target.db)
    expect(await target.breakGlass.queue({ limit: 9 })).toEqual(await breakGlass.queue({ limit: 9 }))
    expect(await target.breakGlass.events('s')).toEqual(await breakGlass.events('s'))
    expect(await target.breakGlass.sets({ limit: 9, party: 'eva' })).toHaveLength(1)
  })
})

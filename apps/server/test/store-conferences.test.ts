import { describe, expect, it } from 'vitest'
import { bytes, engine, newStore } from './store-world.js'

const day = 86_400_000
const conference = (id: string, over: object = {}) => ({ id, owner: 'rosa', nowMs: 0, untilMs: day, ...over })

describe(`conferences on ${engine}`, () => {
  it('belong to whoever puts them first, who may put them again', async () => {
    const { conferences } = await newStore()
    expect(await conferences.put(conference('a'), 9)).toBe('stored')
    expect(await conferences.put(conference('a', { untilMs: 2 * day }), 9)).toBe('same')
    expect(await conferences.put(conference('a', { owner: 'luis' }), 9)).toBe('owner')
    expect(await conferences.find('a')).toEqual({
      id: 'a',
      owner: 'rosa',
      madeMs: 0,
      untilMs: 2 * day,
      endedMs: null,
      place: '',
    })
    expect(await conferences.find('b')).toBeNull()
  })

  it('of one moment are one', async () => {
    const { conferences } = await newStore()
    const owners = ['rosa', 'luis', 'ana', 'eva']
    const puts = await Promise.all(owners.map(owner => conferences.put(conference('a', { owner }), 9)))
    expect(puts.toSorted()).toEqual(['owner', 'owner', 'owner', 'stored'])
  })

  it('are so many of one device at most, those that go on', async () => {
    const { conferences } = await newStore()
    for (const id of ['a', 'b']) expect(await conferences.put(conference(id), 2)).toBe('stored')
    expect(await conferences.put(conference('c'), 2)).toBe('full')
    expect(await conferences.put(conference('c', { owner: 'luis' }), 2)).toBe('stored')
    expect(await conferences.end('a', 5)).toBe(true)
    expect(await conferences.put(conference('d'), 2)).toBe('stored')
    expect(await conferences.put(conference('e', { nowMs: day, untilMs: 2 * day }), 2)).toBe('stored')
  })

  it('end once, at their time too, and are put by nobody any more until they are forgotten', async () => {
    const store = await newStore()
    const { conferences } = store
    for (const id of ['a', 'b']) await conferences.put(conference(id), 9)
    expect([
      await conferences.end('a', 5),
      await conferences.end('a', 6),
      await conferences.end('c', 6),
    ]).toEqual([true, false, false])
    expect(await conferences.put(conference('a', { nowMs: 7 }), 9)).toBe('ended')
    expect(await conferences.put(conference('b', { nowMs: day, untilMs: 2 * day }), 9)).toBe('ended')
    const rules = { keepAcknowledgedMs: 0, keepInvitationsMs: 0 }
    expect(await store.purge(day + 4, rules)).toMatchObject({ conferences: 0 })
    expect(await store.purge(day + 5, rules)).toMatchObject({ conferences: 1 })
    expect(await store.purge(2 * day, rules)).toMatchObject({ conferences: 1 })
    expect(await conferences.find('a')).toBeNull()
  })

  it('keep the first word of the host by which they end, for every server', async () => {
    const { conferences } = await newStore()
    await conferences.put(conference('a'), 9)
    expect(await conferences.lastFrame('a')).toBeNull()
    await conferences.keepLastFrame('a', bytes(1, 2, 3))
    await conferences.keepLastFrame('a', bytes(4))
    await conferences.keepLastFrame('b', bytes(5))
    await conferences.end('a', 5)
    expect(await conferences.lastFrame('a')).toEqual(bytes(1, 2, 3))
    expect(await conferences.lastFrame('b')).toBeNull()
  })

  it('end with the device of their owner', async () => {
    const { conferences, devices } = await newStore()
    await devices.add({ kid: 'rosa', role: 'doctor', keys: bytes(1), box: 'box', addedMs: 1 })
    await conferences.put(conference('a'), 9)
    await conferences.put(conference('b', { owner: 'luis' }), 9)
    await devices.end('rosa', 7)
    expect([(await conferences.find('a'))?.endedMs, (await conferences.find('b'))?.endedMs]).toEqual([
      7,
      null,
    ])
  })

  it('give a ticket once, for a while, the newest alone, and are where it was used', async () => {
    const { conferences } = await newStore()
    await conferences.put(conference('a'), 9)
    const take = (hash: Uint8Array, place = 'here', nowMs = 10) =>
      conferences.takeTicket('a', { hash, place, nowMs })
    await conferences.setTicket('a', bytes(1), 60)
    await conferences.setTicket('a', bytes(2), 60)
    expect(await take(bytes(1))).toBe(false)
    expect(await take(bytes(2), 'here', 60)).toBe(false)
    expect((await conferences.find('a'))?.place).toBe('')
    const at = ['one', 'two', 'three', 'four']
    const taken = await Promise.all(at.map(place => take(bytes(2), place)))
    expect(taken.filter(Boolean)).toHaveLength(1)
    expect((await conferences.find('a'))?.place).toBe(at[taken.indexOf(true)])
    await conferences.setTicket('a', bytes(3), 60)
    await conferences.end('a', 20)
    expect(await take(bytes(3))).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import { addDevice, bytes, engine, newStore, roomy } from './store-world.js'

const everything = { limit: 500, maxBytes: 1e9 }

describe(`mailboxes on ${engine}`, () => {
  it('takes a message once: the same again gets the same answer, other bytes are refused', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const message = { box, id: 'm', bytes: bytes(1, 2, 3), nowMs: 10 }
    const { mailboxes } = store
    expect(await mailboxes.deposit(message, roomy)).toEqual({ put: 'stored', position: 1, storedMs: 10 })
    expect(await mailboxes.deposit({ ...message, nowMs: 99 }, roomy)).toEqual({
      put: 'same',
      position: 1,
      storedMs: 10,
    })
    expect(await mailboxes.deposit({ ...message, bytes: bytes(1, 2) }, roomy)).toMatchObject({
      put: 'conflict',
    })
    expect(await mailboxes.list(box, everything)).toEqual([
      { id: 'm', position: 1, bytes: bytes(1, 2, 3), storedMs: 10, acknowledgedMs: null },
    ])
  })

  it('stores one of twenty of the same that come at once, and tells the others so', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        store.mailboxes.deposit({ box, id: 'm', bytes: bytes(1), nowMs: 1 }, roomy),
      ),
    )
    const puts = answers.map(answer => (typeof answer === 'string' ? answer : answer.put))
    expect(puts.filter(put => put === 'stored')).toHaveLength(1)
    expect(puts.filter(put => put === 'same')).toHaveLength(19)
    expect(await store.mailboxes.list(box, everything)).toHaveLength(1)
  })

  it('gives a position of its own to each of many that come at once, and shows them in that order', async () => {
    const store = await newStore()
    const boxes = [await addDevice(store, 'a'), await addDevice(store, 'b')]
    const ids = Array.from({ length: 60 }, (_, i) => `${i}`)
    await Promise.all(
      ids.flatMap(id =>
        boxes.map(box => store.mailboxes.deposit({ box, id, bytes: bytes(1), nowMs: 1 }, roomy)),
      ),
    )
    for (const box of boxes) {
      const positions = (await store.mailboxes.list(box, everything)).map(({ position }) => position)
      expect(positions).toEqual(ids.map((_, i) => i + 1))
    }
  })

  it('shows a reader who goes on behind the last every message, while others write', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const total = 120
    let isDone = false
    const read: string[] = []
    const reader = (async () => {
      for (let after = 0; ; ) {
        const wasDone = isDone
        const page = await store.mailboxes.list(box, { after, limit: 7, maxBytes: 1e6 })
        read.push(...page.map(({ id }) => id))
        after = page.at(-1)?.position ?? after
        if (wasDone && page.length === 0) return
      }
    })()
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; i < total / 8; i += 1) {
        await store.mailboxes.deposit({ box, id: `${writer}-${i}`, bytes: bytes(1), nowMs: 1 }, roomy)
      }
    })
    await Promise.all(writers)
    isDone = true
    await reader
    expect(new Set(read).size).toBe(total)
    expect(read).toHaveLength(total)
  })

  it('knows no box that nobody has', async () => {
    const store = await newStore()
    const deposit = { box: 'nobody', id: 'm', bytes: bytes(1), nowMs: 1 }
    expect(await store.mailboxes.deposit(deposit, roomy)).toBe('no-box')
    expect(await store.mailboxes.list('nobody', everything)).toEqual([])
    expect(await store.mailboxes.find('nobody', 'm')).toBeNull()
    expect(await store.mailboxes.acknowledge('nobody', 'm', 1)).toBe(false)
  })

  it('is full by number and by bytes, and has room again for each that was acknowledged', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const limits = { maxMessages: 2, maxBytes: 10 }
    const put = (id: string, size: number) =>
      store.mailboxes.deposit({ box, id, bytes: new Uint8Array(size), nowMs: 1 }, limits)
    expect(await put('large', 11)).toBe('full')
    expect(await put('a', 10)).toMatchObject({ put: 'stored' })
    expect(await put('b', 1)).toBe('full')
    expect(await put('empty', 0)).toMatchObject({ put: 'stored' })
    expect(await put('c', 0)).toBe('full')
    expect(await put('a', 10)).toMatchObject({ put: 'same' })
    await store.mailboxes.acknowledge(box, 'a', 2)
    expect(await store.mailboxes.acknowledge(box, 'a', 3)).toBe(true)
    expect(await put('d', 10)).toMatchObject({ put: 'stored', position: 3 })
    expect(await put('e', 0)).toBe('full')
  })

  it('holds exactly so many when more come at once', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        store.mailboxes.deposit(
          { box, id: `${i}`, bytes: bytes(1), nowMs: 1 },
          { maxMessages: 5, maxBytes: 9 },
        ),
      ),
    )
    expect(answers.filter(answer => answer === 'full')).toHaveLength(15)
  })

  it('lists behind a position, as many as fit and at least one', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    for (const [id, size] of Object.entries({ a: 5, b: 3, c: 4, d: 0 })) {
      await store.mailboxes.deposit({ box, id, bytes: new Uint8Array(size), nowMs: 1 }, roomy)
    }
    const list = async (after: number, limit: number, maxBytes: number) =>
      (await store.mailboxes.list(box, { after, limit, maxBytes })).map(({ id }) => id).join('')
    expect(await list(0, 500, 8)).toBe('ab')
    expect(await list(0, 500, 1)).toBe('a')
    expect(await list(1, 500, 7)).toBe('bcd')
    expect(await list(0, 3, 100)).toBe('abc')
    expect(await list(4, 3, 100)).toBe('')
    await store.mailboxes.acknowledge(box, 'b', 2)
    expect(await list(0, 500, 100)).toBe('acd')
    for (const limit of [0, 501, 1.5]) await expect(list(0, limit, 1)).rejects.toThrow(RangeError)
  })

  it('keeps what was acknowledged, with the time, until it is purged', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const message = { box, id: 'm', bytes: bytes(1), nowMs: 1 }
    await store.mailboxes.deposit(message, roomy)
    expect(await store.mailboxes.acknowledge(box, 'm', 5)).toBe(true)
    expect(await store.mailboxes.acknowledge(box, 'm', 6)).toBe(true)
    expect(await store.mailboxes.find(box, 'm')).toMatchObject({ acknowledgedMs: 5 })
    expect(await store.mailboxes.deposit(message, roomy)).toMatchObject({ put: 'same' })
    expect(await store.mailboxes.list(box, everything)).toEqual([])
  })
})

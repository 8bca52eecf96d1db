import { sql } from 'kysely'
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
      {
        id: 'm',
        position: 1,
        sender: '',
        bytes: bytes(1, 2, 3),
        storedMs: 10,
        isGiven: false,
        acknowledgedMs: null,
      },
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

  it('is full by bytes until they are acknowledged, and by number until what was is purged', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const limits = { maxMessages: 2, maxBytes: 100 }
    const put = (id: string, size: number) =>
      store.mailboxes.deposit({ box, id, bytes: new Uint8Array(size), nowMs: 1 }, limits)
    expect(await put('large', 101)).toBe('full')
    expect(await put('a', 100)).toMatchObject({ put: 'stored' })
    expect(await put('b', 1)).toBe('full')
    expect(await put('empty', 0)).toMatchObject({ put: 'stored' })
    expect(await put('c', 0)).toBe('full')
    expect(await put('a', 100)).toMatchObject({ put: 'same' })
    await store.mailboxes.acknowledge(box, 'a', 2)
    expect(await store.mailboxes.acknowledge(box, 'a', 3)).toBe(true)
    // The same answer as before, and nothing but a digest is held of it.
    expect(await put('a', 100)).toMatchObject({ put: 'same', position: 1 })
    expect(await put('a', 99)).toMatchObject({ put: 'conflict' })
    expect((await store.mailboxes.find(box, 'a'))?.bytes).toHaveLength(32)
    expect(await put('d', 68)).toBe('full')
    await store.purge(10, { keepAcknowledgedMs: 8, keepInvitationsMs: 0 })
    expect(await put('d', 100)).toMatchObject({ put: 'stored', position: 3 })
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

  it('gives each sender a share, and one to all who do not sign', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const limits = {
      maxMessages: 7,
      maxBytes: 90,
      ofSender: { maxMessages: 3, maxBytes: 40 },
      ofUnsigned: { maxMessages: 2, maxBytes: 10 },
    }
    let made = 0
    const put = async (sender: string, size = 1): Promise<string> => {
      const deposit = { box, id: `${made++}`, sender, bytes: new Uint8Array(size), nowMs: 1 }
      const hasRoom = await store.mailboxes.hasRoom(deposit, limits)
      const done = await store.mailboxes.deposit(deposit, limits)
      expect(hasRoom).toBe(done !== 'full')
      return typeof done === 'string' ? done : done.put
    }
    expect([await put('', 11), await put(''), await put(''), await put('')]).toEqual([
      'full',
      'stored',
      'stored',
      'full',
    ])
    expect([await put('one', 41), await put('one', 39), await put('one', 2)]).toEqual([
      'full',
      'stored',
      'full',
    ])
    expect([await put('one', 0), await put('one', 0), await put('one', 0)]).toEqual([
      'stored',
      'stored',
      'full',
    ])
    expect([await put('two'), await put('two', 39), await put('three')]).toEqual(['stored', 'stored', 'full'])
    for (let i = 0; i < made; i++) await store.mailboxes.acknowledge(box, `${i}`, 2)
    expect(await store.purge(9, { keepAcknowledgedMs: 7, keepInvitationsMs: 0 })).toMatchObject({
      messages: 7,
    })
    const { rows } = await sql`select kept, kept_bytes from boxes`.execute(store.db)
    expect(rows.map(row => ({ ...Object(row) }))).toEqual([{ kept: 0, kept_bytes: 0 }])
    expect((await sql`select * from shares`.execute(store.db)).rows).toEqual([])
    expect([await put('three'), await put('one', 40)]).toEqual(['stored', 'stored'])
  })

  it('forgets what waits for a device that was ended, and nothing else', async () => {
    const store = await newStore()
    const [ended, living] = [await addDevice(store, 'a'), await addDevice(store, 'b')]
    for (const box of [ended, living])
      await store.mailboxes.deposit({ box, id: 'm', bytes: new Uint8Array(50), nowMs: 1 }, roomy)
    await store.devices.end('kid-a', 10)
    const rules = { keepAcknowledgedMs: 5, keepInvitationsMs: 0 }
    expect(await store.purge(14, rules)).toMatchObject({ messages: 0 })
    expect(await store.purge(15, rules)).toMatchObject({ messages: 1 })
    expect(await store.mailboxes.find(ended, 'm')).toBeNull()
    expect(await store.mailboxes.find(living, 'm')).not.toBeNull()
  })

  it('remembers what its owner was given', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    for (const id of ['m', 'n'])
      await store.mailboxes.deposit({ box, id, bytes: bytes(1), nowMs: 1, sender: 'k' }, roomy)
    await store.mailboxes.given(box, [])
    await store.mailboxes.given(box, ['n'])
    const listed = await store.mailboxes.list(box, everything)
    expect(listed.map(({ id, isGiven, sender }) => [id, isGiven, sender])).toEqual([
      ['m', false, 'k'],
      ['n', true, 'k'],
    ])
  })
})

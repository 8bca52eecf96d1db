import { describe, expect, it } from 'vitest'
import { addDevice, bytes, emptyTarget, engine, newStore, open, roomy } from './store-world.js'

const hash = (value: number): Uint8Array => new Uint8Array(32).fill(value)

describe(`settings on ${engine}`, () => {
  it('gives what was set last, and null for what was not', async () => {
    const { settings } = await newStore()
    expect(await settings.get('clinic')).toBeNull()
    await settings.set('clinic', '{"b":1,"a":2.50}')
    await settings.set('clinic', 'Grüße 💊')
    expect(await settings.get('clinic')).toBe('Grüße 💊')
  })

  it('settles on the first of many who set it at once', async () => {
    const { settings } = await newStore()
    const names = Array.from({ length: 20 }, (_, i) => `value-${i}`)
    const settled = await Promise.all(names.map(name => settings.settle('incarnation', name)))
    expect(new Set(settled).size).toBe(1)
    expect(await settings.get('incarnation')).toBe(settled[0])
  })

  it('keeps them when it is opened again', async () => {
    const target = await emptyTarget()
    const first = await open(target)
    await first.settings.set('clinic', '')
    await first.close()
    expect(await (await open(target)).settings.get('clinic')).toBe('')
  })
})

describe(`invitations on ${engine}`, () => {
  const invitation = { hash: hash(7), role: 'doctor', createdMs: 1_000, expiresMs: 2_000 }

  it('lets in one of twenty who use it at once', async () => {
    const { invitations } = await newStore()
    expect(await invitations.add(invitation)).toBe('stored')
    const kids = Array.from({ length: 20 }, (_, i) => `kid-${i}`)
    const answers = await Promise.all(kids.map(kid => invitations.use(hash(7), kid, 1_500)))
    expect(answers.filter(answer => answer === 'used')).toHaveLength(1)
    expect(answers.filter(answer => answer === 'taken')).toHaveLength(19)
    const winner = `kid-${answers.indexOf('used')}`
    expect(await invitations.find(hash(7))).toEqual({ ...invitation, usedBy: winner, usedMs: 1_500 })
    expect(await invitations.use(hash(7), winner, 9_000)).toBe('same')
  })

  it('refuses one that has expired, to the millisecond, and one that nobody made', async () => {
    const { invitations } = await newStore()
    await invitations.add(invitation)
    expect(await invitations.use(hash(7), 'kid', 2_000)).toBe('expired')
    expect(await invitations.use(hash(8), 'kid', 1_000)).toBe('unknown')
    expect(await invitations.find(hash(8))).toBeNull()
    expect(await invitations.use(hash(7), 'kid', 1_999)).toBe('used')
  })

  it('is the same when it is added again, and in conflict with another role', async () => {
    const { invitations } = await newStore()
    await invitations.add(invitation)
    expect(await invitations.add({ ...invitation, createdMs: 1_001 })).toBe('same')
    expect(await invitations.add({ ...invitation, role: 'patient' })).toBe('conflict')
    await expect(invitations.add({ ...invitation, hash: bytes(1) })).rejects.toThrow('32 bytes')
  })

  it('lists those that are free', async () => {
    const { invitations } = await newStore()
    for (const [i, createdMs] of [30, 10, 20].entries()) {
      await invitations.add({ ...invitation, hash: hash(i), createdMs })
    }
    await invitations.use(hash(1), 'kid', 11)
    expect((await invitations.open()).map(one => one.createdMs)).toEqual([20, 30])
  })
})

describe(`devices on ${engine}`, () => {
  const device = { kid: 'kid-1', role: 'doctor', keys: bytes(0, 255), box: 'box-1', addedMs: 5 }

  it('adds one with its mailbox, and keeps the first box and time of one that comes again', async () => {
    const { devices, mailboxes } = await newStore()
    expect(await devices.add(device)).toBe('stored')
    expect(await devices.add({ ...device, box: 'box-2', addedMs: 6 })).toBe('same')
    expect(await devices.find('kid-1')).toEqual({ ...device, endedMs: null })
    expect(await mailboxes.ownerOf('box-1')).toBe('kid-1')
    expect(await mailboxes.ownerOf('box-2')).toBeNull()
  })

  it('refuses other keys, another role, and the mailbox of another device', async () => {
    const { devices } = await newStore()
    await devices.add(device)
    expect(await devices.add({ ...device, keys: bytes(0) })).toBe('conflict')
    expect(await devices.add({ ...device, role: 'patient' })).toBe('conflict')
    expect(await devices.add({ ...device, kid: 'kid-2' })).toBe('conflict')
    expect(await devices.find('kid-2')).toBeNull()
  })

  it('ends one once, for good', async () => {
    const { devices } = await newStore()
    await devices.add(device)
    expect(await devices.end('kid-1', 9)).toBe(true)
    expect(await devices.end('kid-1', 10)).toBe(false)
    expect(await devices.end('kid-2', 10)).toBe(false)
    expect(await devices.add(device)).toBe('same')
    expect(await devices.find('kid-1')).toMatchObject({ endedMs: 9 })
  })

  it('lists them page by page in one order on every engine', async () => {
    const store = await newStore()
    for (const name of ['b', 'B', '_', '1', 'a-']) await addDevice(store, name)
    const first = await store.devices.list({ limit: 3 })
    const rest = await store.devices.list({ afterKid: 'kid-_', limit: 3 })
    expect([...first, ...rest].map(({ kid }) => kid)).toEqual(['kid-1', 'kid-B', 'kid-_', 'kid-a-', 'kid-b'])
    await expect(store.devices.list({ limit: 501 })).rejects.toThrow('limit must be from 1 to 500')
  })
})

describe(`the roster on ${engine}`, () => {
  const version = (seq: number, value: number) => ({ seq, bytes: bytes(value), storedMs: 1 })

  it('grows without gaps, and gives the latest', async () => {
    const { roster } = await newStore()
    expect(await roster.latest()).toBeNull()
    expect(await roster.add(version(2, 2))).toBe('gap')
    for (const seq of [1, 2, 3]) expect(await roster.add(version(seq, seq))).toBe('stored')
    expect(await roster.add(version(5, 5))).toBe('gap')
    expect(await roster.latest()).toEqual(version(3, 3))
    expect(await roster.find(2)).toEqual(version(2, 2))
    expect(await roster.find(4)).toBeNull()
    await expect(roster.add(version(0, 1))).rejects.toThrow('seq must be')
  })

  it('takes one of two different ones that come at once', async () => {
    const { roster } = await newStore()
    const values = Array.from({ length: 12 }, (_, i) => i)
    const answers = await Promise.all(values.map(value => roster.add(version(1, value))))
    expect(answers.filter(answer => answer === 'stored')).toHaveLength(1)
    expect(answers.filter(answer => answer === 'conflict')).toHaveLength(11)
    expect(await roster.add(version(1, answers.indexOf('stored')))).toBe('same')
  })
})

describe(`slots on ${engine}`, () => {
  const offer = { slot: 'slot-1', step: 'offer', bytes: bytes(1, 2), expiresMs: 1_000 }

  it('takes a step once and gives it out once, to one of many', async () => {
    const { slots } = await newStore()
    expect(await slots.put(offer, 1, { steps: 4, all: 99 })).toBe('stored')
    const taken = await Promise.all(Array.from({ length: 12 }, () => slots.take('slot-1', 'offer', 2)))
    expect(taken.filter(one => one instanceof Uint8Array)).toEqual([bytes(1, 2)])
    expect(taken.filter(one => one === 'taken')).toHaveLength(11)
    expect(await slots.put(offer, 3, { steps: 4, all: 99 })).toBe('same')
    expect(await slots.take('slot-1', 'offer', 4)).toBe('taken')
  })

  it('refuses other bytes for a step, until it has expired', async () => {
    const { slots } = await newStore()
    await slots.put(offer, 1, { steps: 4, all: 99 })
    const other = { ...offer, bytes: bytes(9), expiresMs: 3_000 }
    expect(await slots.put(other, 999, { steps: 4, all: 99 })).toBe('conflict')
    expect(await slots.take('slot-1', 'offer', 1_000)).toBe('missing')
    expect(await slots.put(other, 1_000, { steps: 4, all: 99 })).toBe('stored')
    expect(await slots.take('slot-1', 'offer', 1_001)).toEqual(bytes(9))
    expect(await slots.take('slot-2', 'offer', 1_001)).toBe('missing')
  })

  it('holds so many steps and no more, however many come at once', async () => {
    const { slots } = await newStore()
    const steps = Array.from({ length: 8 }, (_, i) => ({ ...offer, step: `step-${i}` }))
    const answers = await Promise.all(steps.map(step => slots.put(step, 1, { steps: 3, all: 99 })))
    expect(answers.filter(answer => answer === 'stored')).toHaveLength(3)
    expect(answers.filter(answer => answer === 'full')).toHaveLength(5)
    expect(await slots.put({ ...offer, slot: 'slot-2' }, 1, { steps: 3, all: 99 })).toBe('stored')
    const all = { steps: 3, all: 4 }
    expect(await slots.put({ ...offer, slot: 'slot-3' }, 1, all)).toBe('all-full')
    expect(await slots.put({ ...offer, slot: 'slot-2' }, 1, all)).toBe('same')
  })
})

describe(`nonces on ${engine}`, () => {
  it('is fresh once, for one of many, and again when it has expired', async () => {
    const { nonces } = await newStore()
    const nonce = { kid: 'kid-1', nonce: 'n', expiresMs: 100 }
    const answers = await Promise.all(Array.from({ length: 12 }, () => nonces.use(nonce, 1, 50)))
    expect(answers.filter(answer => answer === 'fresh')).toHaveLength(1)
    expect(answers.filter(answer => answer === 'replayed')).toHaveLength(11)
    expect(await nonces.use({ ...nonce, kid: 'kid-2' }, 1, 50)).toBe('fresh')
    expect(await nonces.use(nonce, 99, 50)).toBe('replayed')
    expect(await nonces.use({ ...nonce, expiresMs: 200 }, 100, 50)).toBe('fresh')
    expect(await nonces.use(nonce, 101, 50)).toBe('replayed')
  })

  it('is bounded for each key', async () => {
    const { nonces } = await newStore()
    const use = (nonce: string, nowMs: number) =>
      nonces.use({ kid: 'kid', nonce, expiresMs: nowMs + 10 }, nowMs, 2)
    expect([await use('a', 1), await use('b', 1), await use('c', 1)]).toEqual(['fresh', 'fresh', 'full'])
    // What was refused is not remembered; a replay is told as one also by a key that is full.
    expect([await use('a', 2), await use('c', 12)]).toEqual(['replayed', 'fresh'])
  })

  it('is not bounded where somebody else counts', async () => {
    const { nonces } = await newStore()
    const use = (nonce: string, nowMs = 1) =>
      nonces.use({ kid: 'kid', nonce, expiresMs: nowMs + 10 }, nowMs, null)
    expect([await use('a'), await use('b'), await use('a'), await use('a', 11)]).toEqual([
      'fresh',
      'fresh',
      'replayed',
      'fresh',
    ])
  })

  it('remembers them when it is opened again', async () => {
    const target = await emptyTarget()
    const nonce = { kid: 'kid', nonce: 'n', expiresMs: 100 }
    const first = await open(target)
    await first.nonces.use(nonce, 1, 5)
    await first.close()
    expect(await (await open(target)).nonces.use(nonce, 2, 5)).toBe('replayed')
  })
})

describe(`the store on ${engine}`, () => {
  it('answers a ping, and refuses after it was closed', async () => {
    const store = await newStore()
    await store.ping()
    await store.close()
    await store.close()
    await expect(store.ping()).rejects.toMatchObject({
      code: 'store/failed',
      context: { reason: 'connection' },
    })
  })

  it('refuses values that an engine would keep as something else', async () => {
    const store = await newStore()
    const device = { kid: 'kid', role: 'doctor', keys: bytes(1), box: 'box', addedMs: 1 }
    for (const addedMs of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      await expect(store.devices.add({ ...device, addedMs })).rejects.toThrow(TypeError)
    }
    for (const value of ['a\0b', 'half \ud800']) {
      await expect(store.settings.set('name', value)).rejects.toThrow(TypeError)
    }
    for (const name of ['', 'a b', 'ä', 'x'.repeat(129)]) {
      await expect(store.settings.set(name, '')).rejects.toThrow('printable ASCII')
    }
    // As a caller without types would do.
    for (const value of [new Date(0), { a: 1 }, 1n]) {
      await expect(Reflect.apply(store.settings.set, null, ['name', value])).rejects.toThrow(TypeError)
    }
    expect(await store.settings.get('name')).toBeNull()
    expect(await store.devices.find('kid')).toBeNull()
  })

  it('gives bytes of its own, of every length, as plain arrays', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    const sizes = [0, 1, 255, 256, 65_535, 65_536, 2 ** 20]
    for (const size of sizes) {
      const given = new Uint8Array(size + 2).fill(size % 251).subarray(1, size + 1)
      await store.mailboxes.deposit({ box, id: `${size}`, bytes: given, nowMs: 1 }, roomy)
      given.fill(77)
      const found = (await store.mailboxes.find(box, `${size}`))?.bytes
      expect(found?.constructor).toBe(Uint8Array)
      expect(found?.length).toBe(size)
      expect(found?.every(value => value === size % 251)).toBe(true)
    }
  })

  it('forgets what has had its time, and nothing else', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    for (let i = 0; i < 450; i += 1) {
      await store.nonces.use({ kid: 'kid', nonce: `n-${i}`, expiresMs: i < 420 ? 1_000 : 1_001 }, 1, 500)
    }
    for (const [id, acknowledgedMs] of Object.entries({ old: 900, new: 901, waiting: null })) {
      await store.mailboxes.deposit({ box, id, bytes: bytes(1), nowMs: 1 }, roomy)
      if (acknowledgedMs !== null) await store.mailboxes.acknowledge(box, id, acknowledgedMs)
    }
    await store.slots.put({ slot: 's', step: 'a', bytes: bytes(1), expiresMs: 1_000 }, 1, {
      steps: 5,
      all: 99,
    })
    await store.slots.put({ slot: 's', step: 'b', bytes: bytes(1), expiresMs: 1_001 }, 1, {
      steps: 5,
      all: 99,
    })
    await store.invitations.add({ hash: hash(1), role: 'doctor', createdMs: 1, expiresMs: 500 })
    await store.invitations.add({ hash: hash(2), role: 'doctor', createdMs: 1, expiresMs: 501 })
    const rules = { keepAcknowledgedMs: 100, keepInvitationsMs: 500 }
    expect(await store.purge(1_000, rules)).toEqual({
      messages: 1,
      steps: 1,
      nonces: 420,
      invitations: 1,
      tickets: 0,
      links: 0,
      refusedLinks: 0,
      conferences: 0,
    })
    expect(await store.purge(1_000, rules)).toEqual({
      messages: 0,
      steps: 0,
      nonces: 0,
      invitations: 0,
      tickets: 0,
      links: 0,
      refusedLinks: 0,
      conferences: 0,
    })
    expect(await store.mailboxes.find(box, 'old')).toBeNull()
    expect(await store.mailboxes.find(box, 'new')).not.toBeNull()
    expect(await store.mailboxes.find(box, 'waiting')).not.toBeNull()
    expect(await store.slots.take('s', 'b', 1_000)).toEqual(bytes(1))
    expect(await store.invitations.find(hash(2))).not.toBeNull()
  })
})

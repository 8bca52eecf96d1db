import { describe, expect, it } from 'vitest'
import { changePair } from '../dist/pairs/pairs.js'
import { sweepSealing } from '../dist/records/share.js'
import { createOwnRecordScreen, type OwnRecordScreen } from '../dist/state/records.js'
import { beginRecords } from '../dist/state/settling.js'
import { createShareScreen } from '../dist/state/share.js'
import { enrolled } from './fake-platform.js'
import { type Person, pair, pairOf, relocked, sessionOf, threadOf, until } from './people.js'
import { carried, contentOf, covered, fileOf, opened, ownOf, type Stage, shared } from './records-stage.js'

const large = contentOf(2_500_000)
const screenOf = (person: Person, id: string): OwnRecordScreen => createOwnRecordScreen(sessionOf(person), id)

const refuseBlocks = ({ clinic }: Stage): void => {
  clinic.between = ({ url, method }) =>
    url.includes('/v1/blobs/') && method === 'PUT'
      ? Response.json({ code: 'blob/quota' }, { status: 507 })
      : null
}

async function forgotten(person: Person, id: string): Promise<void> {
  const screen = screenOf(person, id)
  await screen.forget()
  expect(screen.isForgotten.value).toBe(true)
}

async function changed(person: Person, pairId: string, change: object): Promise<void> {
  await changePair(sessionOf(person).unlocked, pairId, one => ({ result: null, pair: { ...one, ...change } }))
}

describe('two tabs at one record', () => {
  it('keep what one of them seals anew while the other one is unlocked', async () => {
    const stage = await covered()
    const { doctor, patient } = stage
    const id = await shared(doctor, large)
    await carried(stage)
    const { write } = doctor.platform.rows
    const { unlocked, hold } = sessionOf(doctor)
    let sweeping: Promise<void> | null = null
    doctor.platform.rows.write = async changes => {
      await write(changes)
      if (sweeping !== null || !changes.some(([key]) => key.startsWith('block/'))) return
      sweeping = sweepSealing(unlocked, hold)
      const ticks = async () => {
        for (let i = 0; i < 20; i++) await new Promise(resolve => setTimeout(resolve, 1))
      }
      await Promise.race([sweeping, ticks()])
    }
    const screen = screenOf(doctor, id)
    expect([await screen.reKey(), screen.task.error.value]).toEqual([true, null])
    doctor.platform.rows.write = write
    await sweeping
    expect((await opened(patient, id)).record?.content.length).toBe(large.length)
  })

  it('leave no gap when both take a step', async () => {
    const stage = await covered()
    const { doctor } = stage
    const id = await shared(doctor, large)
    const [one, other] = [screenOf(doctor, id), screenOf(doctor, id)]
    const done = await Promise.all([one.reKey(), other.stop()])
    expect(done).toContain(true)
    const after = await ownOf(doctor, id)
    expect([after.why, after.storedSeq]).toEqual(['', after.seq])
    expect(await screenOf(doctor, id).stop()).toBe(true)
    expect((await ownOf(doctor, id)).state).toBe('stopped')
  })
})

describe('"do not share it"', () => {
  it('holds while its blocks are on their way: no list follows', async () => {
    const { clinic, doctor } = await covered()
    clinic.network = 'down'
    const id = await shared(doctor, large)
    const { get } = doctor.platform.rows
    let left = 1
    doctor.platform.rows.get = async key => {
      const value = await get(key)
      if (key.startsWith('block/') && left-- === 1) await forgotten(doctor, id)
      return value
    }
    clinic.network = 'up'
    await sessionOf(doctor).settle()
    doctor.platform.rows.get = get
    await sessionOf(doctor).settle()
    expect(left).toBeLessThan(1)
    expect(clinic.records.packages.size).toBe(0)
    expect([...doctor.platform.map.keys()].filter(key => /-record\//.test(key))).toEqual([])
  })
})

describe('a step that the clinic refuses', () => {
  it.each(['stop', 'takeBack', 'shred', 'reKey'] as const)(
    'can be replaced: %s after a re-key',
    async how => {
      const stage = await covered()
      const { clinic, doctor, patient } = stage
      const id = await shared(doctor, large)
      await carried(stage)
      const before = await ownOf(doctor, id)
      refuseBlocks(stage)
      const screen = screenOf(doctor, id)
      expect(await screen.reKey()).toBe(false)
      expect(await ownOf(doctor, id)).toMatchObject({ why: 'blob/quota', seq: 2, storedSeq: 1 })
      if (how === 'reKey') clinic.between = null
      const kid = sessionOf(patient).device.kid
      expect(await (how === 'takeBack' ? screen.takeBack(kid) : screen[how]())).toBe(true)
      expect(screen.task.error.value).toBeNull()
      const after = await ownOf(doctor, id)
      expect([after.why, after.storedSeq, after.seq >= 2]).toEqual(['', after.seq, true])
      const { error, record } = await opened(patient, id)
      if (how === 'reKey') expect(record?.content.length).toBe(large.length)
      else expect(error).toMatchObject({ context: { code: 'package/missing' } })
      expect([...doctor.platform.map.keys()].filter(key => key.startsWith('block/'))).toEqual([])
      if (how !== 'stop') return
      clinic.between = null
      expect(after.payload).toBe(before.payload)
      expect(await screen.serve()).toBe(true)
      expect((await opened(patient, id)).record?.content.length).toBe(large.length)
    },
  )

  it('is not replaced while its answer is awaited: the clinic may have it', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    const id = await shared(doctor, large)
    const screen = screenOf(doctor, id)
    clinic.between = request => {
      if (request.url.includes('/grants/2')) clinic.network = 'answers-lost'
      return null
    }
    expect(await screen.stop()).toBe(false)
    expect(await screen.shred()).toBe(false)
    expect(screen.task.error.value).toMatchObject({ code: 'console/record-unsent' })
    clinic.between = null
    clinic.network = 'up'
    expect(await screen.shred()).toBe(true)
    expect((await ownOf(doctor, id)).state).toBe('shredded')
  })

  it('does not look done while it waits: the clinic gives the record out as before', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const id = await shared(doctor, contentOf(10))
    await carried(stage)
    expect((await ownOf(doctor, id)).isPending).toBe(false)
    clinic.between = ({ url }) =>
      url.includes('/grants/2') ? Response.json({ code: 'server/store' }, { status: 503 }) : null
    expect(await screenOf(doctor, id).stop()).toBe(false)
    expect(await ownOf(doctor, id)).toMatchObject({ isPending: true, state: 'sending' })
    expect((await opened(patient, id)).error).toBeNull()
    clinic.between = null
    await sessionOf(doctor).settle()
    expect(await ownOf(doctor, id)).toMatchObject({ isPending: false, state: 'stopped' })
  })
})

describe('readers of a record', () => {
  it('are each named once, also when two pairs are with one device', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    await pair(doctor, patient)
    const screen = createShareScreen(sessionOf(doctor))
    screen.take(fileOf(contentOf(10)))
    for (const one of sessionOf(doctor).pairs.value) screen.toggle(one.id)
    expect(screen.chosen.value.length).toBe(2)
    const id = (await screen.share()) ?? ''
    await sessionOf(doctor).settle()
    expect(await ownOf(doctor, id)).toMatchObject({ state: 'shared', storedSeq: 1 })
    expect(clinic.records.packages.get(id)?.at(-1)?.readers?.length).toBe(1)
    const other = screen.chosen.value[1]
    if (other === undefined) throw new Error('there is one pair only')
    expect(await screenOf(doctor, id).giveTo(other)).toBe(true)
    expect((await ownOf(doctor, id)).readers.map(one => one.pairId)).toEqual([other.pairId])
  })

  it.each([{ peerKid: 'B'.repeat(43) }, { peerRecord: '' }])(
    'get no key of what is sealed anew when they have another device or key (%j)',
    async change => {
      const stage = await covered()
      const { clinic, doctor } = stage
      const id = await shared(doctor, contentOf(10))
      await changed(doctor, pairOf(doctor), change)
      const screen = screenOf(doctor, id)
      expect(await screen.reKey()).toBe(true)
      expect(screen.left.value).toEqual(['Rosa Weiss'])
      expect((await ownOf(doctor, id)).readers).toEqual([])
      expect(clinic.records.packages.get(id)?.at(-1)?.readers).toEqual([])
    },
  )

  it('are left out of the next list, too, when somebody else is given it', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    const other = await enrolled(clinic, 'patient', 'Ana Ruiz')
    await pair(doctor, other)
    const id = await shared(doctor, contentOf(10))
    await changed(doctor, pairIdOf(doctor, 'Rosa Weiss'), { peerKid: 'B'.repeat(43) })
    const screen = screenOf(doctor, id)
    expect(await screen.giveTo(chosenFrom(doctor, 'Ana Ruiz'))).toBe(true)
    expect((await ownOf(doctor, id)).readers.map(({ name }) => name)).toEqual(['Ana Ruiz'])
  })

  it('are told also when one of them is blocked, and what was replaced is deleted', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    const other = await enrolled(clinic, 'patient', 'Ana Ruiz')
    await pair(doctor, other)
    clinic.network = 'down'
    const screen = createShareScreen(sessionOf(doctor))
    screen.take(fileOf(contentOf(10)))
    for (const one of sessionOf(doctor).pairs.value) screen.toggle(one.id)
    const id = (await screen.share()) ?? ''
    const blocked = screen.chosen.value[0]?.pairId ?? ''
    await changed(doctor, blocked, { blockedMs: 1 })
    clinic.network = 'up'
    await sessionOf(doctor).settle()
    const first = await ownOf(doctor, id)
    expect(first).toMatchObject({ state: 'shared', why: '' })
    expect(first.readers.map(one => [one.pairId === blocked, one.isTold, one.why]).toSorted()).toEqual([
      [false, true, ''],
      [true, false, 'console/blocked'],
    ])
    expect(await screenOf(doctor, id).reKey()).toBe(true)
    expect(clinic.records.deleted.has(first.payload)).toBe(true)
    await changed(doctor, blocked, { blockedMs: 0 })
    await unlockedAgain(stage)
    expect((await ownOf(doctor, id)).readers.every(({ isTold, why }) => isTold && why === '')).toBe(true)
  })
})

const pairIdOf = (person: Person, name: string): string =>
  sessionOf(person).pairs.value.find(one => one.peerName === name)?.id ?? ''

function chosenFrom(person: Person, name: string) {
  const found = sessionOf(person).pairs.value.find(one => one.peerName === name)
  if (found === undefined) throw new Error('there is no such pair')
  return { pairId: found.id, name, kid: found.peerKid, record: found.peerRecord }
}

/** What the unlock begins beside the first exchange is awaited here. */
async function unlockedAgain({ doctor }: Stage): Promise<void> {
  await relocked(doctor)
  await beginRecords(sessionOf(doctor))
  await sessionOf(doctor).settle()
}

describe('a clinic that was restored from a backup', () => {
  it('is given the list again that its backup had: its readers read again', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const id = await shared(doctor, contentOf(10))
    await carried(stage)
    clinic.records.setBack(id, 1)
    expect((await opened(patient, id)).error).toMatchObject({ context: { code: 'package/missing' } })
    await relocked(doctor)
    await until(() => clinic.records.packages.get(id)?.at(-1)?.seq === 2)
    await sessionOf(doctor).settle()
    expect(await ownOf(doctor, id)).toMatchObject({ state: 'shared', seq: 2, storedSeq: 2 })
    expect((await opened(patient, id)).error).toBeNull()
  })

  it('is given the newest list, and told again to delete what that replaced', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const id = await shared(doctor, large)
    await carried(stage)
    const { payload } = await ownOf(doctor, id)
    await screenOf(doctor, id).stop()
    await screenOf(doctor, id).serve()
    expect(await screenOf(doctor, id).reKey()).toBe(true)
    clinic.records.setBack(id, 1)
    await unlockedAgain(stage)
    expect(await ownOf(doctor, id)).toMatchObject({ state: 'shared', seq: 4, storedSeq: 4 })
    expect(clinic.records.deleted.has(payload)).toBe(true)
    expect((await opened(patient, id)).record?.content.length).toBe(large.length)
  })

  it('deletes again what was destroyed, and has a list for nobody', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    const id = await shared(doctor, large)
    await carried(stage)
    const { payload } = await ownOf(doctor, id)
    await screenOf(doctor, id).shred()
    clinic.records.setBack(id, 1)
    expect(clinic.records.deleted.has(payload)).toBe(false)
    await unlockedAgain(stage)
    expect(clinic.records.deleted.has(payload)).toBe(true)
    expect((await ownOf(doctor, id)).state).toBe('shredded')
    expect(clinic.records.packages.get(id)?.at(-1)?.seq).toBe(2)
  })

  it('is asked when it answers again, and one that never had the record is not said to have it', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    const id = await shared(doctor, contentOf(10))
    clinic.records.setBack(id, 0)
    clinic.network = 'down'
    await unlockedAgain(stage)
    expect((await ownOf(doctor, id)).state).toBe('shared')
    clinic.network = 'up'
    await sessionOf(doctor).settle()
    expect(await ownOf(doctor, id)).toMatchObject({ state: 'refused', why: 'package/missing' })
  })

  it('asks nothing of this device that it has done: the same list stays', async () => {
    const stage = await covered()
    const { doctor } = stage
    const id = await shared(doctor, contentOf(10))
    await unlockedAgain(stage)
    expect(await ownOf(doctor, id)).toMatchObject({ state: 'shared', seq: 1 })
    expect([...doctor.platform.map.keys()].filter(key => key.startsWith('due-'))).toEqual([])
  })
})

describe('a row of a record that is damaged', () => {
  it('holds up no other record: that is sent, and compared', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    clinic.network = 'down'
    const id = await shared(doctor, contentOf(10))
    const { rows } = sessionOf(doctor).unlocked
    const damage = async () =>
      rows.write([
        ['own-record/!', new Uint8Array([0xa0])],
        ['due-record/!', new Uint8Array()],
      ])
    await damage()
    clinic.network = 'up'
    await sessionOf(doctor).settle()
    expect((await ownOf(doctor, id)).state).toBe('shared')
    clinic.records.setBack(id, 1)
    await unlockedAgain(stage)
    expect(await ownOf(doctor, id)).toMatchObject({ seq: 2, storedSeq: 2 })
  })

  it('holds up no sweep, and its blocks stay', async () => {
    const { doctor } = await covered()
    const { rows } = sessionOf(doctor).unlocked
    await rows.write([
      ['own-record/a', new Uint8Array([0xa0])],
      ['block/a/x', new Uint8Array(1)],
      ['block/b/x', new Uint8Array(1)],
    ])
    const { unlocked, hold } = sessionOf(doctor)
    await sweepSealing(unlocked, hold)
    expect(await rows.keys('block/')).toEqual(['block/a/x'])
    expect((await threadOf(doctor)).length).toBe(0)
  })
})

import { AeadKey } from '@chartseal/core/keys'
import { systemRandom as random } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { changePair } from '../dist/pairs/pairs.js'
import { openContent, sealContent } from '../dist/records/envelope.js'
import { sweepSealing } from '../dist/records/share.js'
import { createOwnRecordScreen } from '../dist/state/records.js'
import { createShareScreen } from '../dist/state/share.js'
import { enrolled } from './fake-platform.js'
import { coverWithKit, type Person, pair, pairOf, sessionOf } from './people.js'
import { carried, contentOf, covered, fileOf, opened, ownOf, shared, sharing } from './records-stage.js'

/** Long enough for whatever does not wait for a lock. */
const aWhile = () => new Promise(resolve => setTimeout(resolve, 20))

/** Calls `work` once, behind the first write of a row that is named so. */
function afterWrite({ platform }: Person, name: RegExp, work: () => Promise<void>): void {
  const { write } = platform.rows
  let isDone = false
  platform.rows.write = async changes => {
    await write(changes)
    if (isDone || !changes.some(([key, value]) => name.test(key) && value !== null)) return
    isDone = true
    await work()
  }
}

const screenOf = (person: Person, id: string) => createOwnRecordScreen(sessionOf(person), id)
const rowsNamed = ({ platform }: Person, name: RegExp) =>
  [...platform.map.keys()].filter(key => name.test(key))

describe('two at once on one record', () => {
  it('keeps the blocks of one that is sealed anew while another tab is unlocked', async () => {
    const stage = await covered()
    const { doctor, patient } = stage
    const id = await shared(doctor, contentOf(10))
    await carried(stage)
    const { unlocked, hold } = sessionOf(doctor)
    let sweeping: Promise<void> | null = null
    afterWrite(doctor, /^block\//, async () => {
      sweeping = sweepSealing(unlocked, hold)
      await aWhile()
    })
    const screen = screenOf(doctor, id)
    expect([await screen.reKey(), screen.task.error.value]).toEqual([true, null])
    await sweeping
    expect(await ownOf(doctor, id)).toMatchObject({ state: 'shared', version: 2 })
    expect((await opened(patient, id)).record?.content.length).toBe(10)
  })

  it('signs no list upon one that has not reached the clinic', async () => {
    const { clinic, doctor } = await covered()
    const id = await shared(doctor, contentOf(10))
    const stopping = screenOf(doctor, id)
    let stopped: Promise<boolean> | null = null
    afterWrite(doctor, /^block\//, async () => {
      stopped = stopping.stop()
      await aWhile()
    })
    afterWrite(doctor, /^own-record\//, async () => {
      clinic.network = 'down'
    })
    await screenOf(doctor, id).reKey()
    expect(await stopped).toBe(false)
    expect(stopping.task.error.value).toMatchObject({ code: 'console/record-unsent' })
    expect(await ownOf(doctor, id)).toMatchObject({ seq: 2, storedSeq: 1 })
    clinic.network = 'up'
    await sessionOf(doctor).settle()
    expect(await ownOf(doctor, id)).toMatchObject({ state: 'shared', storedSeq: 2 })
  })

  it('shares nothing that was forgotten while its blocks were on their way', async () => {
    const { clinic, doctor } = await covered()
    clinic.network = 'down'
    const id = await shared(doctor, contentOf(10))
    clinic.network = 'up'
    const screen = screenOf(doctor, id)
    clinic.between = async request => {
      if (request.method === 'PUT' && request.url.includes('/v1/blobs/')) await screen.forget()
      return null
    }
    await sessionOf(doctor).settle()
    expect(screen.isForgotten.value).toBe(true)
    expect(clinic.records.packages.size).toBe(0)
    expect(rowsNamed(doctor, /record\/|block\//)).toEqual([])
  })

  it('shares nothing when the person leaves after the last block was sealed', async () => {
    const { clinic, doctor } = await covered()
    const screen = sharing(doctor, contentOf(10))
    afterWrite(doctor, /^block\//, async () => screen.leave())
    expect(await screen.share()).toBeNull()
    expect(rowsNamed(doctor, /record\/|block\//)).toEqual([])
    expect(clinic.records.packages.size).toBe(0)
  })
})

describe('the readers of a record', () => {
  it('are each device once, however often it is paired', async () => {
    const stage = await covered()
    const { doctor, patient } = stage
    await pair(doctor, patient)
    const screen = createShareScreen(sessionOf(doctor))
    screen.take(fileOf(contentOf(10)))
    for (const { id } of sessionOf(doctor).pairs.value) screen.toggle(id)
    expect(screen.chosen.value).toHaveLength(2)
    const id = (await screen.share()) ?? ''
    await sessionOf(doctor).settle()
    const { state, readers } = await ownOf(doctor, id)
    expect([state, readers.map(({ kid }) => kid)]).toEqual(['shared', [sessionOf(patient).device.kid]])
  })

  it('are told although one of them is blocked, and the record says why that one was not', async () => {
    const { clinic, doctor } = await covered()
    const anna: Person = await enrolled(clinic, 'patient', 'Anna')
    await pair(doctor, anna)
    await coverWithKit(doctor)
    const { pairs, unlocked } = sessionOf(doctor)
    const screen = createShareScreen(sessionOf(doctor))
    screen.take(fileOf(contentOf(10)))
    for (const { id } of pairs.value) screen.toggle(id)
    clinic.network = 'down'
    const id = (await screen.share()) ?? ''
    const blocked = pairs.value.find(({ peerName }) => peerName === 'Anna')?.id ?? ''
    await changePair(unlocked, blocked, one => ({ result: null, pair: { ...one, blockedMs: 1 } }))
    clinic.network = 'up'
    await sessionOf(doctor).settle()
    const { state, why, readers, storedSeq } = await ownOf(doctor, id)
    expect([state, why, storedSeq]).toEqual(['refused', 'console/blocked', 1])
    expect(readers.map(({ name, isTold }) => [name, isTold])).toEqual([
      ['Anna', false],
      ['Rosa Weiss', true],
    ])
  })

  it.each(['peerKid', 'peerRecord'])('get no new key under an old %s', async field => {
    const { clinic, doctor, patient } = await covered()
    const id = await shared(doctor, contentOf(10))
    await changePair(sessionOf(doctor).unlocked, pairOf(doctor), one => ({
      result: null,
      pair: { ...one, [field]: field === 'peerKid' ? 'B'.repeat(43) : 'csrec1another' },
    }))
    const screen = screenOf(doctor, id)
    expect([await screen.reKey(), screen.task.error.value]).toEqual([true, null])
    expect((await ownOf(doctor, id)).readers).toEqual([])
    const last = clinic.records.packages.get(id)?.at(-1)
    expect(last?.readers?.some(({ kid }) => kid === sessionOf(patient).device.kid)).toBe(false)
  })
})

describe('a record of somebody else', () => {
  it('is given up once it is larger than one may be', async () => {
    const blocks = new Map<string, Uint8Array>()
    const key = AeadKey.generate(random)
    const id = { packageId: random.bytes(16), version: 1 }
    const content = contentOf(1_000)
    const header = { name: 'x', mediaType: 'text/plain', sizeBytes: 1_000, createdMs: 1, labels: [] }
    const put = async (cid: string, block: Uint8Array) => void blocks.set(cid, block)
    const root = await sealContent(key, id, header, new Blob([content]).stream(), put, random)
    const get = async (cid: string) => blocks.get(cid) ?? new Uint8Array()
    expect((await openContent(key, id, root, get, 1_000)).content.length).toBe(1_000)
    const large = openContent(key, id, root, get, 999)
    await expect(large).rejects.toMatchObject({ code: 'console/too-large', context: { limitBytes: 999 } })
  })
})

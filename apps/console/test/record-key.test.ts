import { encodeUtf8 } from '@chartseal/core/encoding'
import { describe, expect, it } from 'vitest'
import { decodePair } from '../dist/pairs/pair-row.js'
import { changePair, readPair } from '../dist/pairs/pairs.js'
import { bringRecordKeys, recordKeys, recordPublicKey } from '../dist/pairs/record-key.js'
import { formatRecordKey } from '../dist/records/record-text.js'
import { createOwnRecordScreen } from '../dist/state/records.js'
import { chosenOf, createShareScreen } from '../dist/state/share.js'
import { type FakeClinic, fakeClinic } from './fake-clinic.js'
import {
  coverWithKit,
  kitOf,
  type Person,
  pairOf,
  relocked,
  restored,
  sessionOf,
  twoPeople,
  until,
} from './people.js'
import { apiOf, carried, contentOf, covered, opened, ownOf, shared } from './records-stage.js'

const textOf = async (person: Person): Promise<string> =>
  formatRecordKey(await recordPublicKey(sessionOf(person).unlocked))

const known = (person: Person): string => sessionOf(person).pairs.value[0]?.peerRecord ?? ''

/** As a page of before left it: the pair knows of no record key, and none was told. */
async function asBefore(person: Person): Promise<void> {
  await changePair(sessionOf(person).unlocked, pairOf(person), pair => ({
    result: null,
    pair: { ...pair, peerRecord: '', toldRecord: '' },
  }))
  await sessionOf(person).refresh()
}

const deposits = ({ boxes }: FakeClinic): number => [...boxes.values()].flat().length

/** Unlocked anew, until a card of it has reached the clinic. */
async function relockedAndTold(clinic: FakeClinic, person: Person): Promise<void> {
  const before = deposits(clinic)
  await relocked(person)
  await until(() => deposits(clinic) > before)
}

describe('the record key of a device', () => {
  it('is made once, and told to the other side while pairing', async () => {
    const { doctor, patient } = await twoPeople(fakeClinic())
    expect([known(doctor), known(patient)]).toEqual([await textOf(patient), await textOf(doctor)])
    const before = await textOf(doctor)
    await relocked(doctor)
    expect(await textOf(doctor)).toBe(before)
    expect(before).toMatch(/^csrec1/)
  })

  it('stays secret: no byte of it leaves, and its row is sealed', async () => {
    const { clinic, doctor } = await covered()
    const [key = new Uint8Array()] = await recordKeys(sessionOf(doctor).unlocked)
    expect(Buffer.concat(clinic.seen).includes(Buffer.from(key))).toBe(false)
    for (const value of doctor.platform.map.values())
      if (value instanceof Uint8Array) expect(Buffer.from(value).includes(Buffer.from(key))).toBe(false)
  })

  it('is told to pairs of before it at the next unlock, and once', async () => {
    const stage = await covered()
    const { doctor, patient } = stage
    for (const one of [doctor, patient]) await asBefore(one)
    expect(createShareScreen(sessionOf(doctor)).people.value[0]?.obstacle).toBe('no-key')
    await relockedAndTold(stage.clinic, patient)
    await carried(stage)
    expect(known(doctor)).toBe(await textOf(patient))
    const before = deposits(stage.clinic)
    await relocked(patient)
    await carried(stage)
    expect(deposits(stage.clinic)).toBe(before)
  })

  it('ends no block when it is told', async () => {
    const stage = await covered()
    const { doctor, patient } = stage
    await asBefore(patient)
    await changePair(sessionOf(doctor).unlocked, pairOf(doctor), pair => ({
      result: null,
      pair: { ...pair, isBlockedByPeer: true, peerToldMs: 1 },
    }))
    await relockedAndTold(stage.clinic, patient)
    await carried(stage)
    const pair = await readPair(sessionOf(doctor).unlocked, pairOf(doctor))
    expect([pair.peerRecord, pair.isBlockedByPeer]).toEqual([await textOf(patient), true])
  })

  it.each(['csrec1', 'csrec1UPPER', 'csid1qqqqqqqqqq', 'x'.repeat(9)])(
    'makes no card of one whose record key is none (%s)',
    async record => {
      const stage = await covered()
      const { patient, doctor } = stage
      const before = known(doctor)
      const { sealQuietly } = await import('../dist/thread/send.js')
      const { cardType } = await import('../dist/pairs/card.js')
      const session = sessionOf(patient)
      const card = { kid: session.device.kid, box: session.device.mailbox, record }
      await changePair(session.unlocked, pairOf(patient), pair =>
        sealQuietly(session.unlocked, pair, {
          mediaType: cardType,
          content: encodeUtf8(JSON.stringify(card)),
        }),
      )
      await carried(stage)
      expect(known(doctor)).toBe(before)
    },
  )
})

describe('a kit', () => {
  it('brings the record key back for opening, and the new device has one of its own', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const before = await textOf(patient)
    const kit = await kitOf(patient)
    const phone = await restored(clinic, kit)
    expect(await textOf(phone)).not.toBe(before)
    expect((await recordKeys(sessionOf(phone).unlocked)).length).toBe(2)
    await coverWithKit(phone)
    await sessionOf(phone).sync()
    await sessionOf(doctor).sync()
    // Whoever has the lost device has its key: nothing new is sealed to that.
    expect(known(doctor)).toBe(await textOf(phone))
    const id = await shared(doctor, contentOf(20_000))
    await carried({ clinic, doctor, patient: phone })
    expect((await opened(phone, id)).error).toBeNull()
    await expect(apiOf(patient).latestGrants(id, 'TREAT')).rejects.toMatchObject({
      context: { code: 'package/missing' },
    })
  })

  it('lets a record go to the new device when its owner says so, and the old one gets nothing more', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const id = await shared(doctor, contentOf(20_000))
    await carried(stage)
    const phone = await restored(clinic, await kitOf(patient))
    await coverWithKit(phone)
    await sessionOf(phone).sync()
    await sessionOf(doctor).sync()
    const [view] = sessionOf(doctor).pairs.value
    if (view === undefined) throw new Error('there is no pair')
    await createOwnRecordScreen(sessionOf(doctor), id).giveTo(chosenOf(view))
    await carried({ clinic, doctor, patient: phone })
    expect((await opened(phone, id)).error).toBeNull()
    expect((await ownOf(doctor, id)).readers.map(({ kid }) => kid)).toEqual([sessionOf(phone).device.kid])
    expect((await opened(patient, id)).error).toMatchObject({ context: { code: 'package/missing' } })
  })

  it('is answered: the other side tells its record key to the device that came from it', async () => {
    const stage = await covered()
    const { clinic, doctor, patient } = stage
    const kit = await kitOf(patient)
    const phone = await restored(clinic, kit)
    await coverWithKit(phone)
    await asBefore(phone)
    await sessionOf(phone).sync()
    await sessionOf(doctor).sync()
    const pair = await readPair(sessionOf(doctor).unlocked, pairOf(doctor))
    expect(pair.toldRecord).toBe('')
    await relockedAndTold(clinic, doctor)
    await carried({ clinic, doctor, patient: phone })
    expect(known(phone)).toBe(await textOf(doctor))
  })

  it('adds its key to one that this device has: both open, and its own stays the one that it tells', async () => {
    const { doctor, patient } = await covered()
    const { unlocked } = sessionOf(doctor)
    const own = await textOf(doctor)
    const theirs = await recordKeys(sessionOf(patient).unlocked)
    await bringRecordKeys(unlocked, theirs)
    await bringRecordKeys(unlocked, theirs)
    expect((await recordKeys(unlocked)).length).toBe(2)
    expect(await textOf(doctor)).toBe(own)
  })
})

it('reads the rows of pairs that an older page wrote', async () => {
  const { doctor } = await twoPeople(fakeClinic())
  const session = sessionOf(doctor)
  await asBefore(doctor)
  const bytes = (await session.unlocked.rows.get(`pair/${pairOf(doctor)}`)) ?? new Uint8Array()
  // The map of before has version 1 and no field of records.
  expect(Buffer.from(bytes).includes('toldRecord')).toBe(false)
  expect(decodePair('x', bytes)).toMatchObject({ peerRecord: '', toldRecord: '' })
})

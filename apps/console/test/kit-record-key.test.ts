import { describe, expect, it } from 'vitest'
import { keptKits } from '../dist/kit/kit-row.js'
import { changePair, readPair } from '../dist/pairs/pairs.js'
import { recordKeys, recordKeyText } from '../dist/pairs/record-key.js'
import { createKitScreen } from '../dist/state/kit.js'
import { ownCard } from '../dist/state/own-card.js'
import { enrolled } from './fake-platform.js'
import { coverWithKit, kitOf, type Person, pair, pairOf, relocked, restored, sessionOf } from './people.js'
import { carried, covered } from './records-stage.js'

/** As a page of before left it: a kit that counts, made when this device had no record key. */
async function withOldKit(person: Person): Promise<void> {
  const { unlocked } = sessionOf(person)
  const [kit] = await keptKits(unlocked)
  if (kit === undefined) throw new Error('there is no kit')
  const { root, madeMs, pairIds, isSaved, holders } = kit
  const text = JSON.stringify({ root, madeMs, pairIds, isSaved, holders })
  await unlocked.rows.write([[`kit/${root}`, new TextEncoder().encode(text)]])
  await changePair(unlocked, pairOf(person), before => ({
    result: null,
    pair: { ...before, toldRecord: '' },
  }))
  await sessionOf(person).refresh()
}

const toldOf = async (person: Person): Promise<string> =>
  (await readPair(sessionOf(person).unlocked, pairOf(person))).toldRecord

describe('a kit that was made before this device had its record key', () => {
  it('covers nobody, is named as the reason, and keeps messages going', async () => {
    const { doctor } = await covered()
    await withOldKit(doctor)
    const session = sessionOf(doctor)
    const screen = createKitScreen(session, ['', '', ''])
    expect([session.pairs.value[0]?.isCovered, screen.lacksRecordKey.value]).toEqual([false, true])
    // Who may write, and be shared with, is said by the kit of the pair.
    expect(session.pairs.value[0]?.kitRoot).not.toBe('')
  })

  it('holds back the record key: at an unlock, and from who pairs now', async () => {
    const stage = await covered()
    const { clinic, doctor } = stage
    await withOldKit(doctor)
    await relocked(doctor)
    await carried(stage)
    expect(await toldOf(doctor)).toBe('')
    expect(await ownCard(sessionOf(doctor))).not.toHaveProperty('record')
    const other = await enrolled(clinic, 'patient', 'Ulrich')
    await pair(doctor, other)
    expect(sessionOf(other).pairs.value[0]?.peerRecord).toBe('')
  })

  it('is replaced by a new one: once a sheet of that was checked, the key is told', async () => {
    const stage = await covered()
    const { doctor, patient } = stage
    await withOldKit(doctor)
    await coverWithKit(doctor)
    await carried(stage)
    const own = await recordKeyText(sessionOf(doctor).unlocked)
    expect([await toldOf(doctor), sessionOf(patient).pairs.value[0]?.peerRecord]).toEqual([own, own])
    expect(sessionOf(doctor).pairs.value[0]?.isCovered).toBe(true)
    expect(createKitScreen(sessionOf(doctor), ['', '', '']).lacksRecordKey.value).toBe(false)
  })

  it('does not cover a pair that was told another key than it holds', async () => {
    const { doctor } = await covered()
    await changePair(sessionOf(doctor).unlocked, pairOf(doctor), before => ({
      result: null,
      pair: { ...before, toldRecord: 'csrec1other' },
    }))
    await sessionOf(doctor).refresh()
    expect(sessionOf(doctor).pairs.value[0]?.isCovered).toBe(false)
  })
})

describe('a kit that comes to a new device', () => {
  it('never makes the key of the lost one the key that is told', async () => {
    const { clinic, patient } = await covered()
    const before = await recordKeyText(sessionOf(patient).unlocked)
    const lost = (await recordKeys(sessionOf(patient).unlocked)).map(String)
    const phone = await restored(clinic, await kitOf(patient))
    const own = await recordKeyText(sessionOf(phone).unlocked)
    expect(own).not.toBe(before)
    expect(await toldOf(phone)).toBe(own)
    // It opens what was sealed before.
    expect((await recordKeys(sessionOf(phone).unlocked)).map(String).slice(1)).toEqual(lost)
  })

  it('holds, made anew there, both keys', async () => {
    const { clinic, patient } = await covered()
    const phone = await restored(clinic, await kitOf(patient))
    const next = await restored(clinic, await kitOf(phone))
    expect((await recordKeys(sessionOf(next).unlocked)).length).toBe(3)
  })
})

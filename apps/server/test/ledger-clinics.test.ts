/** Three clinics that seal one ledger: real servers, cut off from each other, killed and back. */

import type { LedgerRecord } from '@chartseal/emr-ledger'
import { patience, runsOf } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import {
  about,
  asking,
  blockAt,
  leaderAt,
  memberFor,
  newCaller,
  type SealingClinic,
  threeClinics,
} from './clinics-world.js'
import { type Ask, dispense, pathOf, prescribe, put, standing, untilFinal } from './ledger-world.js'

/** Three people whom the genesis knows, each enrolled at one of the clinics. */
async function running() {
  const [doctor, pharmacist, other] = [newCaller(), newCaller(), newCaller()]
  const people = [
    memberFor(doctor, 'prescriber'),
    memberFor(pharmacist, 'dispenser'),
    memberFor(other, 'dispenser'),
  ]
  const { clinics, ledger } = await threeClinics(people)
  await Promise.all(clinics.map(clinic => clinic.start()))
  const [north, south, east] = clinics
  await north.enrol(doctor, 'doctor')
  await south.enrol(pharmacist, 'pharmacist')
  await east.enrol(other, 'pharmacist')
  return { clinics, ledger, doctor, pharmacist, other }
}

const putNow = (ask: Ask, record: LedgerRecord): Promise<void> =>
  vi.waitFor(async () => expect(await put(ask, record)).toMatchObject({ status: 200 }), patience)

/** All of them have one chain up to what the lowest of them calls final, and the record is below. */
async function agree(clinics: readonly SealingClinic[]): Promise<void> {
  const finals = await Promise.all(clinics.map(async clinic => (await about(clinic)).final.height))
  const height = Math.min(...finals)
  const [first, ...others] = await Promise.all(clinics.map(clinic => blockAt(clinic, height)))
  for (const block of others) expect(block).toEqual(first)
}

const isFinal = async (ask: Ask, record: LedgerRecord): Promise<boolean> => {
  const { status, body } = await ask('GET', pathOf(record))
  const { sealed }: { sealed?: { finality?: unknown } | null } = Object(body)
  return status === 200 && sealed?.finality === 'final'
}

describe('three clinics that seal one ledger', () => {
  it('dispense a prescription once, although one is cut off and dispenses it, too', async () => {
    const { clinics, ledger, doctor, pharmacist, other } = await running()
    const east = clinics[2]
    const [byDoctor, bySouth, byEast] = [doctor, pharmacist, other].map(asking) as [Ask, Ask, Ask]
    const order = await prescribe({ ledger, device: doctor.device, seq: 1n }, 1)
    await putNow(byDoctor, order)
    const there = await dispense({ ledger, device: other.device, seq: 1n }, order.txid, order.txid, 1)
    // It knows the prescription, and nobody has heard of what it dispenses.
    await vi.waitFor(async () => expect((await byEast('GET', pathOf(order))).status).toBe(200), patience)
    east.cut()
    await putNow(byEast, there)
    const here = await dispense({ ledger, device: pharmacist.device, seq: 1n }, order.txid, order.txid, 1)
    await putNow(bySouth, here)
    await untilFinal(bySouth, here)
    await untilFinal(byDoctor, here)
    expect(await isFinal(byEast, there)).toBe(false)
    east.heal()
    await untilFinal(byEast, here)
    for (const ask of [byDoctor, bySouth, byEast]) {
      expect(await isFinal(ask, there)).toBe(false)
      expect((await standing(ask, order)).prescription?.final).toMatchObject({
        status: 'dispensed',
        dispensed: 1,
      })
    }
    // It waits, unsealable, until the next beat gives it up.
    await vi.waitFor(async () => expect(await put(byEast, there)).toMatchObject({ status: 409 }), patience)
    await agree(clinics)
  })
})

const killed = (): void => {
  it.each(['the leader', 'a follower'])(
    '%s: the others go on, and it has everything once it is back',
    async who => {
      const { clinics, ledger, doctor } = await running()
      const [north, south, east] = clinics
      const ask = asking(doctor)
      const first = await prescribe({ ledger, device: doctor.device, seq: 1n }, 1)
      await putNow(ask, first)
      await untilFinal(ask, first)
      const victim = await vi.waitFor(async () => {
        const { leader } = await leaderAt(north)
        const [ofSouth, ofEast] = [(await leaderAt(south)).own, (await leaderAt(east)).own]
        expect([ofSouth, ofEast]).toContain(leader)
        return (leader === ofSouth) === (who === 'the leader') ? south : east
      }, patience)
      await victim.kill()
      const second = await prescribe({ ledger, device: doctor.device, seq: 2n }, 1)
      await putNow(ask, second)
      await untilFinal(ask, second)
      await victim.start()
      const third = await prescribe({ ledger, device: doctor.device, seq: 3n }, 1)
      await putNow(ask, third)
      await untilFinal(ask, third)
      const { final } = await about(north)
      await vi.waitFor(
        async () => expect((await about(victim)).final.height).toBeGreaterThanOrEqual(final.height),
        patience,
      )
      await agree(clinics)
    },
  )
}

/** The whole of it takes half a minute: in the gate. */
if (runsOf(1, 0) === 1) describe('a clinic that is killed', killed)

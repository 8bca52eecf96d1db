/** A doctor without a page: a device of its own at the clinic, which prescribes by the packages. */

import { prepareOrder, proofAbout, settle, signAndSend, slipOf } from '@chartseal/clinic/prescriptions'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { deskOf } from '../dist/ledger/desk.js'
import { memoryLocks } from '../dist/store/locks.js'
import { memoryRows } from '../dist/store/rows.js'
import { sealedRows } from '../dist/store/sealed-rows.js'
import { newDevice, wait } from './device.mjs'
import { patienceMs } from './people.mjs'

/** Enrolled as a doctor. */
export async function newPrescriber(clinic) {
  const device = await newDevice(clinic)
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const rows = sealedRows(memoryRows(), key, random)
  return deskOf({ unlocked: { rows, locks: memoryLocks(), clock, random }, ...device })
}

async function until(what, isSo) {
  const endMs = performance.now() + patienceMs
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`it never came: ${what}`)
    await wait(100)
  }
}

/** The roster has so many who prescribe or dispense. */
export async function rosterOf(desk, count) {
  await until('a roster with everybody in it', async () => {
    const checked = await proofAbout(desk, new Uint8Array(32))
    const { members } = (checked ?? desk.shelf.book()).anchor.roster
    return members.filter(({ roles }) => !roles.includes('registrar')).length >= count
  })
}

/** Prescribed for good; gives the slip's text. */
export async function slipFor(desk, order) {
  const prepared = await prepareOrder(desk, order)
  const { digest: txid } = prepared.prepared
  await signAndSend(desk, prepared)
  await until('a final prescription', async () => (await settle(desk, txid)).kind === 'final')
  return slipOf(desk.shelf.book(), txid)
}

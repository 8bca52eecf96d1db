/** A doctor without a page: a device of its own at the clinic, which prescribes by the packages. */

import { prepareOrder, proofAbout, settle, signAndSend, slipOf } from '@chartseal/clinic/prescriptions'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { clinicApi } from '../dist/api/client.js'
import { clinicRequests } from '../dist/api/requests.js'
import { invitationIn } from '../dist/device/invitation.js'
import { deskOf } from '../dist/ledger/desk.js'
import { memoryLocks } from '../dist/store/locks.js'
import { memoryRows } from '../dist/store/rows.js'
import { sealedRows } from '../dist/store/sealed-rows.js'
import { patienceMs } from './people.mjs'

const wait = ms => new Promise(resolve => setTimeout(resolve, ms))
const rawOf = async ({ publicKey }) => new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))

async function newSigner() {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const publicKey = await rawOf(pair)
  const sign = async bytes => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes))
  return { kid: thumbprintOf(publicKey), publicKey, sign }
}

/** Enrolled as a doctor. */
export async function newPrescriber(clinic) {
  const signer = await newSigner()
  const ask = (path, init) => fetch(new URL(path, clinic.origin), init)
  const requests = clinicRequests({ fetch: ask, signer, clock, random, wait, origin: () => clinic.origin })
  const noise = await rawOf(await crypto.subtle.generateKey('X25519', false, ['deriveBits']))
  const invitation = invitationIn(clinic.invite('doctor'))
  await clinicApi(requests).enrol({ kid: signer.kid, invitation, identity: signer.publicKey, noise })
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const rows = sealedRows(memoryRows(), key, random)
  return deskOf({ unlocked: { rows, locks: memoryLocks(), clock, random }, requests, signer })
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

/** A device without a page, enrolled at a clinic as a doctor. */
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { clinicApi } from '../dist/api/client.js'
import { clinicRequests } from '../dist/api/requests.js'
import { invitationIn } from '../dist/device/invitation.js'

export const wait = ms => new Promise(resolve => setTimeout(resolve, ms))
const rawOf = async ({ publicKey }) => new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))

async function newSigner() {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const publicKey = await rawOf(pair)
  const sign = async bytes => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes))
  return { kid: thumbprintOf(publicKey), publicKey, sign }
}

/** What it signs with, and its requests to the clinic. */
export async function newDevice(clinic) {
  const signer = await newSigner()
  const ask = (path, init) => fetch(new URL(path, clinic.origin), init)
  const requests = clinicRequests({ fetch: ask, signer, clock, random, wait, origin: () => clinic.origin })
  const noise = await rawOf(await crypto.subtle.generateKey('X25519', false, ['deriveBits']))
  const invitation = invitationIn(clinic.invite('doctor'))
  await clinicApi(requests).enrol({ kid: signer.kid, invitation, identity: signer.publicKey, noise })
  return { signer, requests }
}

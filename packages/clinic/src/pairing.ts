/** A pairing in steps between two folders. What crosses between them is text that people or chats can carry. */

import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { SecretBytes } from '@chartseal/core/keys'
import {
  type Acceptance,
  acceptPairing,
  confirmPairing,
  createRing,
  formatPairingUri,
  type Offer,
  offerPairing,
  type PairingToConfirm,
  readPayload,
  receiveAnswer,
  receiveReveal,
  refusePairing,
} from '@chartseal/kdf-keyring'
import type { Device, PairingInProgress } from './device.js'
import { clinicError } from './errors.js'
import type { Change, World } from './world.js'

const schemes = { answer: 'chartseal-answer:', reveal: 'chartseal-reveal:' } as const

/** `chartseal-answer:` or `chartseal-reveal:` and base64url; neither is secret. */
export function formatStep(kind: keyof typeof schemes, bytes: Uint8Array): string {
  return `${schemes[kind]}${encodeBase64Url(bytes)}`
}

/** From the first line that starts with the scheme. @throws ChartsealError `pairing/malformed` */
export function parseStep(kind: keyof typeof schemes, text: string): Uint8Array {
  const scheme = schemes[kind]
  // People copy more than the line.
  const line = text.split('\n').find(candidate => candidate.startsWith(scheme))
  try {
    if (line !== undefined) return decodeBase64Url(line.slice(scheme.length).trim())
  } catch {
    // One answer for both.
  }
  throw clinicError('pairing/malformed', { expected: scheme })
}

function refusePaired({ ring }: Device): void {
  if (ring !== null) throw clinicError('ring/paired', {})
}

/** Begins at the side that shows the code; an earlier pairing here is void. */
export function showCode(
  device: Device,
  world: World,
): Change<{ readonly uri: string; readonly notAfterMs: number }> {
  refusePaired(device)
  const offer = offerPairing(device.self, world.clock.nowMs(), world.random)
  const { uri, notAfterMs } = offer
  const payload = Uint8Array.from(offer.payload)
  const nonce = Uint8Array.from(offer.nonce.reveal())
  return {
    result: { uri, notAfterMs },
    device: { ...device, pairing: { side: 'show', payload, nonce, answer: null } },
  }
}

/** Begins at the side that reads the code. */
export function acceptCode(device: Device, uri: string, world: World): Change<{ readonly answer: string }> {
  refusePaired(device)
  const { answer, payload } = acceptPairing(uri.trim(), device.self, world.clock.nowMs(), world.random)
  const pairing: PairingInProgress = { side: 'accept', payload, answer, reveal: null }
  return { result: { answer: formatStep('answer', answer) }, device: { ...device, pairing } }
}

interface Told {
  readonly digits: string
  readonly peer: string
}

/**
 * Takes the answer at the side that showed the code. A second, different answer voids the pairing: somebody else has
 * seen the code.
 */
export function takeAnswer(
  device: Device,
  bytes: Uint8Array,
  world: World,
): Change<(Told & { readonly reveal: string }) | null> {
  const pairing = begun(device, 'show')
  const nowMs = world.clock.nowMs()
  const taken = receiveAnswer(offerOf(pairing, device), bytes, device.self, nowMs)
  if ('voided' in taken) return { result: null, device: { ...device, pairing: null } }
  const told = tell(taken.toConfirm)
  refusePairing(taken.toConfirm)
  const answer = pairing.answer ?? { bytes, atMs: nowMs }
  return {
    result: { ...told, reveal: formatStep('reveal', taken.reveal) },
    device: { ...device, pairing: { ...pairing, answer } },
  }
}

/** Takes the reveal at the side that read the code. */
export function takeReveal(device: Device, reveal: Uint8Array): Change<Told> {
  const pairing = begun(device, 'accept')
  const toConfirm = receiveReveal(acceptanceOf(pairing), reveal, device.self)
  const told = tell(toConfirm)
  refusePairing(toConfirm)
  return { result: told, device: { ...device, pairing: { ...pairing, reveal } } }
}

/**
 * Makes the ring when a person says which digits both screens show; other digits void the pairing.
 * @throws ChartsealError `pairing/nothing-begun`
 */
export function confirmDigits(
  device: Device,
  digits: string,
  side: PairingInProgress['side'],
  world: World,
): Change<string | null> {
  const toConfirm = whole(device, side)
  try {
    if (digits.replaceAll(/[ -]/g, '') !== toConfirm.shortCode)
      return { result: null, device: { ...device, pairing: null } }
    const paired = confirmPairing(toConfirm)
    const ring = createRing({
      root: paired.root,
      ownVerifyingKey: verifyingKeyOf(device.self.signingKey),
      peerVerifyingKey: paired.peer.verifyingKey,
      firstEpoch: paired.firstEpoch,
      nowMs: world.clock.nowMs(),
    })
    paired.root.wipe()
    paired.sessionKey.wipe()
    const { name } = paired.peer
    return {
      result: name,
      device: { ...device, pairing: null, ring, peerName: name, windows: new Map(), opening: [] },
    }
  } finally {
    refusePairing(toConfirm)
  }
}

function tell({ shortCode, peer }: PairingToConfirm): Told {
  return { digits: `${shortCode.slice(0, 4)} ${shortCode.slice(4)}`, peer: peer.name }
}

function whole(device: Device, side: PairingInProgress['side']): PairingToConfirm {
  if (side === 'accept') {
    const pairing = begun(device, 'accept')
    if (pairing.reveal !== null) return receiveReveal(acceptanceOf(pairing), pairing.reveal, device.self)
  } else {
    const pairing = begun(device, 'show')
    const { answer } = pairing
    if (answer !== null) {
      const taken = receiveAnswer(offerOf(pairing, device), answer.bytes, device.self, answer.atMs)
      if ('toConfirm' in taken) return taken.toConfirm
    }
  }
  throw clinicError('pairing/nothing-begun', { side })
}

function begun<Side extends PairingInProgress['side']>(
  { pairing }: Device,
  side: Side,
): Extract<PairingInProgress, { readonly side: Side }> {
  if (!isOf(pairing, side)) throw clinicError('pairing/nothing-begun', { side })
  return pairing
}

function isOf<Side extends PairingInProgress['side']>(
  pairing: PairingInProgress | null,
  side: Side,
): pairing is Extract<PairingInProgress, { readonly side: Side }> {
  return pairing?.side === side
}

/** The offer as it stood; an answer that was taken is taken again, so that another one is seen as another. */
function offerOf(
  { payload, nonce, answer }: Extract<PairingInProgress, { readonly side: 'show' }>,
  device: Device,
): Offer {
  const { pairingSecret, firstEpoch, notAfterMs } = readPayload(payload)
  const fresh: Offer = {
    stage: 'waiting',
    uri: formatPairingUri(payload),
    payload: Uint8Array.from(payload),
    pairingSecret: new SecretBytes(pairingSecret),
    nonce: new SecretBytes(nonce),
    firstEpoch,
    notAfterMs,
    answerHash: null,
  }
  pairingSecret.fill(0)
  if (answer === null) return fresh
  const taken = receiveAnswer(fresh, answer.bytes, device.self, answer.atMs)
  if (!('toConfirm' in taken)) return taken.voided
  refusePairing(taken.toConfirm)
  return taken.offer
}

function acceptanceOf({
  payload,
  answer,
}: Extract<PairingInProgress, { readonly side: 'accept' }>): Acceptance {
  const { pairingSecret, nonceHash, firstEpoch, role, name, verifyingKey, agreementKey } =
    readPayload(payload)
  const secret = new SecretBytes(pairingSecret)
  pairingSecret.fill(0)
  const peer = { role, name, verifyingKey, agreementKey }
  return {
    stage: 'waiting',
    answer,
    payload: Uint8Array.from(payload),
    pairingSecret: secret,
    nonceHash,
    peer,
    firstEpoch,
  }
}

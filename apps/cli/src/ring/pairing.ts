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
import type { Io } from '../io/io.js'
import { ringFolderError } from './errors.js'
import type { Step } from './folder.js'
import type { FolderState, Pairing } from './state.js'

const schemes = { answer: 'chartseal-answer:', reveal: 'chartseal-reveal:' } as const

/** `chartseal-answer:` or `chartseal-reveal:` and base64url; neither is secret. */
export function formatStep(kind: keyof typeof schemes, bytes: Uint8Array): string {
  return `${schemes[kind]}${encodeBase64Url(bytes)}`
}

/** From the first line that starts with the scheme. @throws ChartsealError `pair/malformed` */
export function parseStep(kind: keyof typeof schemes, text: string): Uint8Array {
  const scheme = schemes[kind]
  // People copy more than the line.
  const line = text.split('\n').find(candidate => candidate.startsWith(scheme))
  try {
    if (line !== undefined) return decodeBase64Url(line.slice(scheme.length).trim())
  } catch {
    // One answer for both.
  }
  throw ringFolderError('pair/malformed', { expected: scheme })
}

function refusePaired({ ring }: FolderState): void {
  if (ring !== null) throw ringFolderError('ring/paired', {})
}

/** Begins at the side that shows the code; an earlier pairing here is void. */
export function show(
  state: FolderState,
  io: Io,
): Step<{ readonly uri: string; readonly notAfterMs: number }> {
  refusePaired(state)
  const offer = offerPairing(state.self, io.clock.nowMs(), io.random)
  const { uri, notAfterMs } = offer
  const payload = Uint8Array.from(offer.payload)
  const nonce = Uint8Array.from(offer.nonce.reveal())
  return {
    result: { uri, notAfterMs },
    state: { ...state, pairing: { side: 'show', payload, nonce, answer: null } },
  }
}

/** Begins at the side that reads the code. */
export function accept(state: FolderState, uri: string, io: Io): Step<{ readonly answer: string }> {
  refusePaired(state)
  const { answer, payload } = acceptPairing(uri.trim(), state.self, io.clock.nowMs(), io.random)
  const pairing: Pairing = { side: 'accept', payload, answer, reveal: null }
  return { result: { answer: formatStep('answer', answer) }, state: { ...state, pairing } }
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
  state: FolderState,
  bytes: Uint8Array,
  io: Io,
): Step<(Told & { readonly reveal: string }) | null> {
  const pairing = begun(state, 'show')
  const nowMs = io.clock.nowMs()
  const taken = receiveAnswer(offerOf(pairing, state), bytes, state.self, nowMs)
  if ('voided' in taken) return { result: null, state: { ...state, pairing: null } }
  const told = tell(taken.toConfirm)
  refusePairing(taken.toConfirm)
  const answer = pairing.answer ?? { bytes, atMs: nowMs }
  return {
    result: { ...told, reveal: formatStep('reveal', taken.reveal) },
    state: { ...state, pairing: { ...pairing, answer } },
  }
}

/** Takes the reveal at the side that read the code. */
export function takeReveal(state: FolderState, reveal: Uint8Array): Step<Told> {
  const pairing = begun(state, 'accept')
  const toConfirm = receiveReveal(acceptanceOf(pairing), reveal, state.self)
  const told = tell(toConfirm)
  refusePairing(toConfirm)
  return { result: told, state: { ...state, pairing: { ...pairing, reveal } } }
}

/**
 * Makes the ring when a person says which digits both screens show; other digits void the pairing.
 * @throws ChartsealError `pair/nothing-begun`
 */
export function confirm(
  state: FolderState,
  digits: string,
  side: Pairing['side'],
  io: Io,
): Step<string | null> {
  const toConfirm = whole(state, side)
  try {
    if (digits.replaceAll(/[ -]/g, '') !== toConfirm.shortCode)
      return { result: null, state: { ...state, pairing: null } }
    const paired = confirmPairing(toConfirm)
    const ring = createRing({
      root: paired.root,
      ownVerifyingKey: verifyingKeyOf(state.self.signingKey),
      peerVerifyingKey: paired.peer.verifyingKey,
      firstEpoch: paired.firstEpoch,
      nowMs: io.clock.nowMs(),
    })
    paired.root.wipe()
    paired.sessionKey.wipe()
    const { name } = paired.peer
    return { result: name, state: { ...state, pairing: null, ring, peerName: name, windows: new Map() } }
  } finally {
    refusePairing(toConfirm)
  }
}

function tell({ shortCode, peer }: PairingToConfirm): Told {
  return { digits: `${shortCode.slice(0, 4)} ${shortCode.slice(4)}`, peer: peer.name }
}

function whole(state: FolderState, side: Pairing['side']): PairingToConfirm {
  if (side === 'accept') {
    const pairing = begun(state, 'accept')
    if (pairing.reveal !== null) return receiveReveal(acceptanceOf(pairing), pairing.reveal, state.self)
  } else {
    const pairing = begun(state, 'show')
    const { answer } = pairing
    if (answer !== null) {
      const taken = receiveAnswer(offerOf(pairing, state), answer.bytes, state.self, answer.atMs)
      if ('toConfirm' in taken) return taken.toConfirm
    }
  }
  throw ringFolderError('pair/nothing-begun', { side })
}

function begun<Side extends Pairing['side']>(
  { pairing }: FolderState,
  side: Side,
): Extract<Pairing, { readonly side: Side }> {
  if (!isOf(pairing, side)) throw ringFolderError('pair/nothing-begun', { side })
  return pairing
}

function isOf<Side extends Pairing['side']>(
  pairing: Pairing | null,
  side: Side,
): pairing is Extract<Pairing, { readonly side: Side }> {
  return pairing?.side === side
}

/** The offer as it stood; an answer that was taken is taken again, so that another one is seen as another. */
function offerOf(
  { payload, nonce, answer }: Extract<Pairing, { readonly side: 'show' }>,
  state: FolderState,
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
  const taken = receiveAnswer(fresh, answer.bytes, state.self, answer.atMs)
  if (!('toConfirm' in taken)) return taken.voided
  refusePairing(taken.toConfirm)
  return taken.offer
}

function acceptanceOf({ payload, answer }: Extract<Pairing, { readonly side: 'accept' }>): Acceptance {
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

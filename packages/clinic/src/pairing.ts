/** A pairing in steps between two devices. What crosses between them is text that people or chats can carry. */
import { equal } from '@chartseal/core/bytes'
import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  acceptPairing,
  confirmPairing,
  createRing,
  offerPairing,
  type PairingSelf,
  type PairingToConfirm,
  type Ring,
  receiveAnswer,
  receiveReveal,
  restoreAcceptance,
  restoreOffer,
  wipeAcceptance,
  wipeOffer,
  wipePairing,
} from '@chartseal/kdf-keyring'
import type { AcceptedPairing, Device, PairingInProgress, ShownPairing } from './device.js'
import { clinicError, type DueStep } from './errors.js'
import { requirePasted } from './pasted.js'
import type { Change, Refused, World } from './world.js'

const schemes = { answer: 'chartseal-answer:', reveal: 'chartseal-reveal:' } as const

/** `chartseal-answer:` or `chartseal-reveal:` and base64url; neither is secret. */
function formatStep(kind: keyof typeof schemes, bytes: Uint8Array): string {
  return `${schemes[kind]}${encodeBase64Url(bytes)}`
}

/** From text as it was pasted; the last one where there are several. @throws ChartsealError `pasted/…` */
export function parseStep(kind: keyof typeof schemes, text: string | Uint8Array): Uint8Array {
  const line = requirePasted(text, [`pairing-${kind}`]).at(-1) ?? ''
  return decodeBase64Url(line.slice(schemes[kind].length))
}

/** The code, from text as it was pasted; the last one where there are several. @throws ChartsealError `pasted/…` */
export function parseCode(text: string | Uint8Array): string {
  return requirePasted(text, ['pairing-code']).at(-1) ?? ''
}

/** Begins at the side that shows the code; an earlier pairing here is void. @throws ChartsealError `ring/paired` */
export function showCode(
  device: Device,
  world: World,
): Change<{ readonly uri: string; readonly notAfterMs: number }> {
  refusePaired(device)
  const offer = offerPairing(device.self, world.clock.nowMs(), world.random)
  const { uri, notAfterMs } = offer
  const pairing: ShownPairing = {
    side: 'show',
    payload: Uint8Array.from(offer.payload.reveal()),
    nonce: Uint8Array.from(offer.nonce.reveal()),
    ephemeral: Uint8Array.from(offer.ephemeral.reveal()),
    answer: null,
  }
  wipeOffer(offer)
  return { result: { uri, notAfterMs }, device: { ...device, pairing } }
}

/**
 * Begins at the side that reads the code. The same code again, as when a chat delivers it twice, gives the same answer.
 * @param clockConfirmed whether a person says that the clock here is right, although that of the code differs
 * @throws ChartsealError `ring/paired`, and what `acceptPairing` refuses
 */
export function acceptCode(
  device: Device,
  uri: string,
  world: World,
  clockConfirmed = false,
): Change<{ readonly answer: string }> {
  refusePaired(device)
  const options = { random: world.random, clockConfirmed }
  const acceptance = acceptPairing(uri, device.self, world.clock.nowMs(), options)
  const payload = Uint8Array.from(acceptance.payload.reveal())
  const ephemeral = Uint8Array.from(acceptance.ephemeral.reveal())
  wipeAcceptance(acceptance)
  const before = device.pairing
  // Another answer to one code would void the pairing at the other side.
  if (before?.side === 'accept' && equal(before.payload, payload)) {
    for (const secret of [payload, ephemeral]) secret.fill(0)
    return { result: { answer: formatStep('answer', before.answer) }, device: null }
  }
  const { answer } = acceptance
  const pairing: AcceptedPairing = { side: 'accept', payload, ephemeral, answer, reveal: null }
  return { result: { answer: formatStep('answer', answer) }, device: { ...device, pairing } }
}

/** What both people see before they confirm. */
export interface ToCompare {
  readonly digits: string
  readonly peer: string
  /** The other side says that they are a clinician, as this one is: only who knows them can tell. */
  readonly isColleague: boolean
}

/**
 * Takes the answer at the side that showed the code. A second, different answer voids the pairing: somebody else has
 * seen the code.
 */
export function takeAnswer(
  device: Device,
  bytes: Uint8Array,
  world: World,
): Change<ToCompare & { readonly reveal: string }> | Refused {
  const pairing = shown(device)
  const nowMs = world.clock.nowMs()
  const offer = offerOf(pairing)
  try {
    const { toConfirm, reveal } = receiveAnswer(offer, bytes, device.self, nowMs)
    const result = { ...compared(toConfirm, device.self), reveal: formatStep('reveal', reveal) }
    const answer = pairing.answer ?? { bytes, atMs: nowMs }
    return { result, device: { ...device, pairing: { ...pairing, answer } } }
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code !== 'keyring/pairing-void') throw error
    return { refusal: error, device: { ...device, pairing: null } }
  } finally {
    wipeOffer(offer)
  }
}

/** Takes the reveal at the side that read the code. */
export function takeReveal(device: Device, reveal: Uint8Array): Change<ToCompare> {
  const pairing = accepted(device)
  const result = compared(receiveReveal(restoreAcceptance(pairing), reveal, device.self), device.self)
  return { result, device: { ...device, pairing: { ...pairing, reveal } } }
}

/**
 * Makes the ring when a person types the digits that the other screen shows; other digits void the pairing. Nothing of
 * the pairing is kept.
 * @throws RangeError unless there are eight digits, which may be grouped: a slip changes nothing
 * @throws ChartsealError `pairing/nothing-begun`, `keyring/ahead-of-clock`
 */
export function confirmDigits(
  device: Device,
  digits: string,
  side: PairingInProgress['side'],
  world: World,
): Change<string> | Refused {
  const typed = digits.normalize('NFKC').replaceAll(/[\s-]/g, '')
  const toConfirm = whole(device, side)
  try {
    if (!/^\d{8}$/.test(typed)) throw new RangeError('the digits must be the eight that both screens show')
    if (typed !== toConfirm.shortCode) {
      return { refusal: clinicError('pairing/digits-differ', {}), device: { ...device, pairing: null } }
    }
    const { name } = toConfirm.peer
    const isColleague = areColleagues(device.self, toConfirm.peer)
    const ring = ringOf(device, toConfirm, world)
    return { result: name, device: { ...blank(device), ring, peerName: name, isColleague } }
  } finally {
    wipePairing(toConfirm)
  }
}

/**
 * Gives up a pairing that is in progress, or one that was finished on this side alone and has done nothing yet. The
 * name and the signing key stay.
 * @throws ChartsealError `ring/in-use`, `pairing/nothing-begun`
 */
export function undoPairing(device: Device): Change<'in-progress' | 'finished'> {
  const { ring, pairing } = device
  if (ring === null) {
    if (pairing === null) throw nothingBegun('show', 'none', 'There is no pairing to undo.')
    return { result: 'in-progress', device: blank(device) }
  }
  if (isUsed(ring) || device.windows.size > 0) throw clinicError('ring/in-use', {})
  return { result: 'finished', device: blank(device) }
}

/** Who somebody is, without anything of a pair. */
function blank({ self }: Device): Device {
  const nobody = { pairing: null, ring: null, peerName: '', isColleague: false }
  return { self, ...nobody, windows: new Map(), opening: [] }
}

// What was sealed in an earlier month is not counted any more.
function isUsed({ sent, device, nextDevice, epoch, firstEpoch }: Ring): boolean {
  return sent.messages > 0 || nextDevice !== device + 1 || epoch !== firstEpoch
}

function ringOf({ self }: Device, toConfirm: PairingToConfirm, { clock }: World): Ring {
  const { peer, firstEpoch, root, sessionKey } = confirmPairing(toConfirm)
  try {
    return createRing({
      root,
      ownVerifyingKey: verifyingKeyOf(self.signingKey),
      peerVerifyingKey: peer.verifyingKey,
      firstEpoch,
      nowMs: clock.nowMs(),
    })
  } finally {
    root.wipe()
    sessionKey.wipe()
  }
}

const areColleagues = (self: Pick<PairingSelf, 'role'>, peer: Pick<PairingSelf, 'role'>): boolean =>
  self.role === 'doctor' && peer.role === 'doctor'

/** Wipes the secrets. */
function compared(toConfirm: PairingToConfirm, self: PairingSelf): ToCompare {
  const { shortCode, peer } = toConfirm
  wipePairing(toConfirm)
  const digits = `${shortCode.slice(0, 4)} ${shortCode.slice(4)}`
  return { digits, peer: peer.name, isColleague: areColleagues(self, peer) }
}

function whole(device: Device, side: PairingInProgress['side']): PairingToConfirm {
  if (side === 'accept') {
    const { reveal, ...pairing } = accepted(device)
    if (reveal !== null) return receiveReveal(restoreAcceptance(pairing), reveal, device.self)
    throw nothingBegun('accept', 'reveal', 'The reveal of the other side comes first.')
  }
  const pairing = shown(device)
  const { answer } = pairing
  if (answer === null) throw nothingBegun('show', 'answer', 'The answer of the other side comes first.')
  const offer = offerOf(pairing)
  try {
    return receiveAnswer(offer, answer.bytes, device.self, answer.atMs).toConfirm
  } finally {
    wipeOffer(offer)
  }
}

function shown(device: Device): ShownPairing {
  if (device.pairing?.side === 'show') return device.pairing
  throw notThisSide(device, 'show')
}

function accepted(device: Device): AcceptedPairing {
  if (device.pairing?.side === 'accept') return device.pairing
  throw notThisSide(device, 'accept')
}

function notThisSide({ ring, pairing, peerName }: Device, side: PairingInProgress['side']): Error {
  if (ring !== null) return nothingBegun(side, 'none', `This ring is paired with ${peerName} already.`)
  if (pairing === null) return nothingBegun(side, 'begin', 'No pairing is in progress: begin with a code.')
  const does = pairing.side === 'show' ? 'shows' : 'reads'
  return nothingBegun(
    side,
    'goes-on',
    `The pairing in progress here is that of the side that ${does} the code.`,
  )
}

function nothingBegun(side: PairingInProgress['side'], step: DueStep, due: string): Error {
  return clinicError('pairing/nothing-begun', { side, step, due })
}

function refusePaired({ ring, peerName }: Device): void {
  if (ring !== null) throw clinicError('ring/paired', { peer: peerName })
}

/** The offer as it was; an answer that was taken is remembered, so that another one is seen as another. */
function offerOf({ payload, nonce, ephemeral, answer }: ShownPairing): ReturnType<typeof restoreOffer> {
  return restoreOffer({ payload, nonce, ephemeral, answer: answer?.bytes ?? null })
}

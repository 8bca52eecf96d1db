/** A pairing of two devices over the clinic's slots, which carry what neither a lying server nor a reader can use. */
import {
  acceptCode,
  confirmDigits,
  parseStep,
  showCode,
  type ToCompare,
  takeAnswer,
  takeReveal,
  undoPairing,
  type World,
} from '@chartseal/clinic'
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { type ClinicApi, isOffline } from '../api/client.js'
import { consoleError } from '../errors.js'
import { type Card, sealCard, takeCard } from './card.js'
import { formatPairingCode, newSlot, openStep, readPairingCode, sealStep, slotName } from './code.js'
import { changeDevice, changePair, type Unlocked } from './pairs.js'

export type Side = 'show' | 'accept'

export interface PairingSession {
  readonly unlocked: Unlocked
  readonly api: Pick<ClinicApi, 'putStep' | 'takeStep'>
  readonly pairId: string
  /** Where this device is reached. */
  readonly own: Card
  /** Rejects what goes on when the person leaves the screen. */
  readonly signal: AbortSignal
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

const waitSeconds = 20
const againMs = 2_000
/** Longer than a slot lives. */
const lifeMs = 600_000
const steps = { answer: 'answer', reveal: 'reveal', show: 'card-show', accept: 'card-accept' } as const
const worldOf = ({ clock, random }: Unlocked): World => ({ clock, random })

/** The code to show; it is good for ten minutes. An earlier one of this pair is void. */
export async function beginShowing({
  unlocked,
  pairId,
}: PairingSession): Promise<{ readonly code: string; readonly notAfterMs: number }> {
  const slot = newSlot(unlocked.random)
  const { uri, notAfterMs } = await changeDevice(
    unlocked,
    pairId,
    device => showCode(device, worldOf(unlocked)),
    () => ({ slot }),
  )
  return { code: formatPairingCode({ uri, slot }), notAfterMs }
}

/** Waits for the answer, sends the reveal; gives what both people compare. */
export async function awaitAnswer(session: PairingSession): Promise<ToCompare> {
  const { unlocked, pairId } = session
  const slot = await slotOf(session)
  const answer = parseStep('answer', decodeUtf8(await taken(session, slot, steps.answer)))
  const { reveal, ...shown } = await changeDevice(unlocked, pairId, device =>
    takeAnswer(device, answer, worldOf(unlocked)),
  )
  await put(session, slot, steps.reveal, encodeUtf8(reveal))
  return shown
}

/** Takes the code that the other side shows; gives what both people compare. */
export async function acceptShown(session: PairingSession, text: string): Promise<ToCompare> {
  const { unlocked, pairId } = session
  const { uri, slot } = readPairingCode(text)
  const { answer } = await changeDevice(
    unlocked,
    pairId,
    device => acceptCode(device, uri, worldOf(unlocked)),
    () => ({ slot }),
  )
  await put(session, slot, steps.answer, encodeUtf8(answer))
  const reveal = parseStep('reveal', decodeUtf8(await taken(session, slot, steps.reveal)))
  return changeDevice(unlocked, pairId, device => takeReveal(device, reveal))
}

/** A person says that the digits match: the keys are made, and each side is told where the other one is reached. */
export async function confirmMatch(session: PairingSession, side: Side, digits: string): Promise<string> {
  const { unlocked, pairId, own } = session
  const world = worldOf(unlocked)
  const slot = await slotOf(session)
  const peer = await changeDevice(unlocked, pairId, device => confirmDigits(device, digits, side, world))
  const card = await changePair(unlocked, pairId, pair => sealCard(pair, own, world))
  await put(session, slot, steps[side], card)
  const theirs = await taken(session, slot, steps[side === 'show' ? 'accept' : 'show'])
  await changePair(unlocked, pairId, pair => takeCard(pair, theirs, world))
  return peer
}

/** A person says that the digits differ, or leaves: nothing of this pairing is kept. */
export async function giveUp({ unlocked, pairId }: PairingSession): Promise<void> {
  await changePair(unlocked, pairId, pair => {
    if (pair.device.pairing === null) return { result: null, pair: null }
    const { device } = undoPairing(pair.device)
    return { result: null, pair: { ...pair, slot: '', device: device ?? pair.device } }
  })
}

async function slotOf({ unlocked, pairId }: PairingSession): Promise<string> {
  const slot = await changePair(unlocked, pairId, pair => ({ result: pair.slot, pair: null }))
  if (slot === '') throw consoleError('console/pairing-expired', {})
  return slot
}

/** Sealed once, so that the same bytes are sent again. */
async function put(session: PairingSession, slot: string, step: string, bytes: Uint8Array): Promise<void> {
  const sealed = sealStep(slot, step, bytes, session.unlocked.random)
  await patiently(session, () => session.api.putStep(slotName(slot), step, sealed))
}

async function taken(session: PairingSession, slot: string, step: string): Promise<Uint8Array> {
  const { api, signal } = session
  while (!signal.aborted) {
    const bytes = await patiently(session, () => api.takeStep(slotName(slot), step, waitSeconds))
    if (bytes !== null) return openStep(slot, step, bytes)
  }
  throw consoleError('console/pairing-expired', {})
}

/** A network that is away for a moment ends no pairing: each step may be sent again. */
async function patiently<Result>(
  { signal, wait, unlocked: { clock } }: PairingSession,
  ask: () => Promise<Result>,
): Promise<Result> {
  const untilMs = clock.nowMs() + lifeMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isOffline(error) || signal.aborted || clock.nowMs() > untilMs) throw error
      await wait(againMs, signal)
    }
  }
}

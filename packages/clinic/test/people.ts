/** Two devices, and the steps between them. */

import {
  acceptCode,
  type Change,
  confirmDigits,
  type Device,
  newDevice,
  parseStep,
  type Refused,
  showCode,
  takeAnswer,
  takeReveal,
  type World,
} from '@chartseal/clinic'
import { decodeBase64Url } from '@chartseal/core/encoding'
import type { Clock } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'

export const startMs: number = Date.UTC(2026, 6, 15, 12)
export const dayMs: number = 24 * 60 * 60 * 1000

/** A clock that a test sets. */
export function clockAt(nowMs: number = startMs): Clock & { nowMs: () => number; set(ms: number): void } {
  let current = nowMs
  return {
    nowMs: () => current,
    set: ms => {
      current = ms
    },
  }
}

export const worldAt = (nowMs: number = startMs): World => ({ clock: clockAt(nowMs), random: systemRandom })

/** The device of a step that must not be refused, as it is stored. */
export function done<Result>(step: Change<Result> | Refused): { result: Result; device: Device } {
  if ('refusal' in step) throw step.refusal
  if (step.device === null) throw new Error('the step did not change the device')
  return { result: step.result, device: step.device }
}

/** Everything that crossed between two people who paired. */
export interface Crossed {
  readonly payload: Uint8Array
  readonly answer: Uint8Array
  readonly reveal: Uint8Array
}

export interface PairedDevices {
  readonly doctor: Device
  readonly patient: Device
  /** Before both confirmed. */
  readonly before: readonly [doctor: Device, patient: Device]
  readonly crossed: Crossed
}

export function pairDevices(world: World = worldAt()): PairedDevices {
  const shown = done(showCode(newDevice('doctor', 'Dr. Okafor', world.random), world))
  const accepted = done(acceptCode(newDevice('patient', 'Rosa', world.random), shown.result.uri, world))
  const answer = parseStep('answer', accepted.result.answer)
  const answered = done(takeAnswer(shown.device, answer, world))
  const reveal = parseStep('reveal', answered.result.reveal)
  const revealed = done(takeReveal(accepted.device, reveal))
  return {
    doctor: done(confirmDigits(answered.device, answered.result.digits, 'show', world)).device,
    patient: done(confirmDigits(revealed.device, revealed.result.digits, 'accept', world)).device,
    before: [answered.device, revealed.device],
    crossed: { payload: decodeBase64Url(shown.result.uri.slice('chartseal-pair:'.length)), answer, reveal },
  }
}

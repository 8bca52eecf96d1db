import { defineErrors, type ErrorFactory } from '../errors.js'

/** Why there is no WebAssembly: not in this place, not allowed here, or there and not working. */
export type UnavailableReason = 'absent' | 'forbidden' | 'broken'

export interface EngineErrors {
  /** The WebAssembly engine cannot be made. */
  'engine/unavailable': { reason: UnavailableReason; detail: string }
}

export const engineError: ErrorFactory<EngineErrors> = defineErrors<EngineErrors>({
  'engine/unavailable': 'WebAssembly is {reason}: {detail}',
})

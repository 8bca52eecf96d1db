/** Why there is no WebAssembly engine: apart from what loads it, whose types need those of a browser. */
import { defineErrors, type ErrorFactory } from '../errors.js'

/** Why WebAssembly cannot be used: the platform lacks it, a policy forbids it, or it does not work. */
export type UnavailableReason = 'absent' | 'forbidden' | 'broken'

export interface EngineErrors {
  /** The WebAssembly engine cannot be made. */
  'engine/unavailable': { reason: UnavailableReason; detail: string }
}

export const engineError: ErrorFactory<EngineErrors> = defineErrors<EngineErrors>({
  'engine/unavailable': 'WebAssembly is {reason}: {detail}',
})

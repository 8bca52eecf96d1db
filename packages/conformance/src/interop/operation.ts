import type { Answer, JsonObject } from '@chartseal/core/json'
import type { Clock, Random } from '@chartseal/core/ports'

/** What an operation may use beside its request. */
export interface Tools {
  readonly clock: Clock
  readonly random: Random
}

/**
 * Serves one request. Fields are read with the accessors of `JsonObject`; refusals are thrown; bytes in
 * the answer leave as hexadecimal, big integers as decimal text.
 */
export type Operation = (request: JsonObject, tools: Tools) => Answer | Promise<Answer>

/** Operations by the name in `op`. */
export type Operations = Readonly<Record<string, Operation>>

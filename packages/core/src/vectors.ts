/**
 * How the packages run test vectors. Each package exports `./vectors`, a map from the name of a vector
 * file to the runner of one case; its tests and the command `chartseal vectors` both call it.
 */
import { equal } from './bytes.js'
import type { Engine } from './engine.js'
import type { JsonObject } from './json.js'

export interface VectorContext {
  /** The whole file that the case is an element of. */
  readonly file: JsonObject
  /** Another file of the same folder, by name without `.json`. */
  sibling(name: string): JsonObject
  readonly engine: Engine
}

/** Returns when this build agrees with the case in every mode; throws {@link Disagreement} when not. */
export type CaseRunner = (testCase: JsonObject, context: VectorContext) => void | Promise<void>

export type VectorRunners = Readonly<Record<string, CaseRunner>>

/** This build answers something else than the vector says. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement'
}

/** Thrown by a runner for a case whose algorithm or size this build does not have. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable'
}

/** @throws Disagreement unless both are equal: bytes by content, everything else by `===` */
export function agree(what: string, actual: unknown, expected: unknown): void {
  const same =
    actual instanceof Uint8Array && expected instanceof Uint8Array
      ? equal(actual, expected)
      : actual === expected
  if (!same) throw new Disagreement(`${what} differs`)
}

/** Runs `attempt`: `accept` when it returns, `reject` when it throws. */
export async function verdictOf(attempt: () => unknown): Promise<'accept' | 'reject'> {
  try {
    await attempt()
    return 'accept'
  } catch {
    return 'reject'
  }
}

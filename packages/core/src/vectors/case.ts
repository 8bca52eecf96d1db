import { equal } from '../bytes.js'
import type { Engine } from '../engine.js'
import { ChartsealError } from '../errors.js'
import { JsonObject } from '../json.js'

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

/** The code with which `attempt` is refused, or `none`. Whatever else it throws goes on. */
export function refusalOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'none'
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}

/** As {@link refusalOf}, of what takes its time. */
export async function lateRefusalOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt()
    return 'none'
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
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

/** One case of a file that others wrote. */
export interface FormatCase {
  /** For reports: its name or number in the file. */
  readonly name: string
  /** As a {@link CaseRunner}: throws {@link Disagreement} or {@link NotApplicable}. */
  run(engine: Engine): void | Promise<void>
}

/**
 * The cases of a parsed file of one kind, recognised by what it says and not by its name; `null` for any other file.
 * @throws ChartsealError `json/invalid` for a file of this kind that is broken
 */
export type VectorFormat = (document: unknown) => readonly FormatCase[] | null

/** The object that a document is, or `null`. */
export function objectOf(document: unknown): JsonObject | null {
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
  return isObject ? new JsonObject(document) : null
}

import { ChartsealError, type ErrorFactory } from '@chartseal/core/errors'
import { afterAll, expect } from 'vitest'

/** The code that `attempt` is refused with, or what else happened. */
export async function codeOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt()
    return 'accepted'
  } catch (error) {
    return error instanceof ChartsealError ? error.code : `${error}`
  }
}

/**
 * `expectCode(code, attempt)` for a hostile suite; when the file ends, every code of the table must have
 * been raised at least once, but for those that only another platform can raise.
 */
export function codesRaised<Table>(
  factory: ErrorFactory<Table>,
  elsewhere: readonly string[] = [],
): (code: string, attempt: () => unknown) => Promise<void> {
  const raised = new Set<string>()
  const due = factory.codes.filter(code => !elsewhere.includes(code))
  afterAll(() => expect(due.filter(code => !raised.has(code))).toEqual([]))
  return async (code, attempt) => {
    const actual = await codeOf(attempt)
    expect(actual).toBe(code)
    raised.add(actual)
  }
}

/** What a case says about accepting and refusing, in words or by the seed's message. */
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import { Disagreement } from '@chartseal/core/vectors'

/** `accept`, or the code of the refusal. */
export function outcomeOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'accept'
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}

/**
 * What strict mode must answer: the first word of `should`. `null` where the case leaves it open, by saying
 * nothing or that it is the implementation's choice.
 */
export function strictVerdict(testCase: JsonObject): 'accept' | 'reject' | null {
  if (!testCase.has('should')) return null
  const words = testCase.text('should').toLowerCase()
  const [first] = words.split(/[^a-z]/)
  if (first === 'accept' || first === 'reject') return first
  if (words.includes('choice')) return null
  throw new Disagreement('should says neither accept nor reject')
}

/** @throws Disagreement unless the outcome is that verdict, where there is one */
export function agreeOnVerdict(what: string, outcome: string, expected: string | null): void {
  if (expected !== null && (outcome === 'accept') !== (expected === 'accept')) {
    throw new Disagreement(`${what}: ${outcome}, where ${expected} is expected`)
  }
}

/**
 * The seed's message of a refusal must be one of those that our code covers; crashes have no code. Several codes
 * may cover one message.
 */
export function agreeOnReason(
  what: string,
  outcome: string,
  testCase: JsonObject,
  codes: Readonly<Record<string, readonly string[]>>,
): void {
  const known = testCase.has('seed_message') ? codes[testCase.text('seed_message')] : undefined
  if (known !== undefined && !known.includes(outcome)) {
    throw new Disagreement(`${what}: ${outcome}, not ${known.join(' or ')}`)
  }
}

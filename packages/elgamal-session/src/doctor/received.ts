import type { Person } from './person.js'
import type { CoreState } from './state.js'

/** They have everything for them up to here. */
export function received({ chain, roster }: CoreState, person: Person, sequence: bigint): void {
  const before = person.acknowledged
  if (sequence <= before) return
  person.acknowledged = sequence
  const { emergency } = chain
  if (person.isFor(emergency) && before < emergency && sequence >= emergency) roster.emergencyReceived++
}

// Math.min and Math.max take no bigint.
const inOrder = (...values: readonly bigint[]): readonly bigint[] =>
  [...values].sort((a, b) => Number(a > b) - Number(a < b))

/** Of what somebody claims and what there is. */
export function lowerOf(claimed: bigint, newest: bigint): bigint {
  return inOrder(claimed, newest)[0] ?? newest
}

export function highestOf(...values: readonly bigint[]): bigint {
  return inOrder(...values).at(-1) ?? 0n
}

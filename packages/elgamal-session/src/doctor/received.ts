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

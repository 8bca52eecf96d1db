/** What the scenes of the conference share. */
import type { Stage } from '../story.js'
import { count, listed } from '../words.js'
import type { Eavesdropper } from './eavesdropper.js'
import type { Person, Room, Seat } from './room.js'

/** What is on the stage: somebody listens on the way of the first patient. */
export interface Play {
  readonly stage: Stage
  /** Puts an act of the doctor on the audit log. */
  readonly record: (action: string) => Promise<void>
  readonly room: Room
  readonly eavesdropper: Eavesdropper
  readonly people: readonly Person[]
  readonly seats: readonly Seat[]
}

/** The doctor says something, and exactly those hear it who are expected to. */
export async function expectHeard(play: Play, text: string, missing: readonly string[]): Promise<void> {
  const expected = play.people.map(({ id }) => id).filter(id => !missing.includes(id))
  const heard = await play.room.say(text)
  const same = [...new Set(heard)].sort().join() === [...expected].sort().join()
  const without = missing.length === 0 ? '' : `, not by ${listed(missing)}`
  play.stage.check(`"${text}" is heard by ${crowd(expected)}${without}`, same, `heard by ${crowd(heard)}`)
}

/** Names, as long as they are few. */
export function crowd(ids: readonly string[]): string {
  return ids.length > 6 ? count(ids.length, 'patient') : listed(ids)
}

/** People of a care team, each with a state that is stored as bytes between any two steps. */

import { encodeUtf8 } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import {
  addToTeam,
  createTeam,
  decodeTeam,
  encodeTeam,
  inviteToTeam,
  leaveTeam,
  peopleOf,
  receiveForTeam,
  removeFromTeam,
  renewTeam,
  sealForTeam,
  type Team,
  type TeamEvent,
  type TeamInvitation,
  type TeamKeeper,
  type TeamMember,
  type TeamMessage,
  type TeamPerson,
  takeTeamInvitation,
  takeTeamWelcome,
  teamAnswerOf,
} from '@chartseal/elgamal-session/team'

const textType = 'text/plain;charset=utf-8'

/** A state goes through its bytes at every step, as on a disk. */
class Stored<Seat extends Team> {
  #bytes: Uint8Array
  /** Every state that there ever was: what a thief of all backups has. */
  readonly history: Uint8Array[]

  constructor(seat: Seat) {
    this.#bytes = encodeTeam(seat)
    this.history = [this.#bytes]
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  set bytes(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  put(seat: Team): void {
    this.#bytes = encodeTeam(seat)
    this.history.push(this.#bytes)
  }

  get team(): Team {
    return decodeTeam(this.bytes)
  }
}

export class World {
  nowMs = 1_800_000_000_000
  readonly random: Random
  readonly clock = { nowMs: (): number => this.nowMs }

  constructor(random: Random = systemRandom) {
    this.random = random
  }
}

/** What each person was shown. */
export interface Shown {
  readonly texts: string[]
  readonly messages: TeamMessage[]
  readonly events: TeamEvent[]
}

export class Person {
  readonly name: string
  readonly stored: Stored<Team>
  readonly shown: Shown = { texts: [], messages: [], events: [] }
  readonly world: World

  constructor(name: string, seat: Team, world: World) {
    this.name = name
    this.world = world
    this.stored = new Stored(seat)
  }

  get team(): Team {
    return this.stored.team
  }

  get keeper(): TeamKeeper {
    const { team } = this
    if (team.kind !== 'keeper') throw new Error(`${this.name} is not the keeper`)
    return team
  }

  get member(): TeamMember {
    const { team } = this
    if (team.kind !== 'member') throw new Error(`${this.name} is the keeper`)
    return team
  }

  get signing(): Uint8Array {
    return teamAnswerOf(this.team).signing
  }

  say(text: string): Uint8Array {
    const { seat, frame } = sealForTeam(this.team, bodyOf(text), this.world)
    this.stored.put(seat)
    return frame
  }

  hear(frame: Uint8Array): readonly TeamEvent[] {
    const { team } = this
    const { seat, events } =
      team.kind === 'keeper'
        ? receiveForTeam(team, frame, this.world)
        : receiveForTeam(team, frame, this.world)
    this.stored.put(seat)
    this.#show(events)
    return events
  }

  welcome(bytes: Uint8Array): readonly TeamEvent[] {
    const { seat, events } = takeTeamWelcome(this.member, bytes, this.world)
    this.stored.put(seat)
    this.#show(events)
    return events
  }

  leave(): Uint8Array {
    const { seat, frame } = leaveTeam(this.member, this.world)
    this.stored.put(seat)
    return frame
  }

  #show(events: readonly TeamEvent[]): void {
    this.shown.events.push(...events)
    for (const event of events) {
      if (event.kind !== 'message') continue
      this.shown.messages.push(event.message)
      this.shown.texts.push(`${event.message.sender.name}: ${textOf(event.message)}`)
    }
  }
}

export const bodyOf = (text: string): { readonly mediaType: string; readonly content: Uint8Array } => ({
  mediaType: textType,
  content: encodeUtf8(text),
})

const textOf = ({ body }: TeamMessage): string => Buffer.from(body.content).toString('utf8')

export function keeperNamed(name: string, world: World): Person {
  return new Person(name, createTeam({ title: 'Rosa, ward 3', name, box: `${name}-box` }, world), world)
}

export interface Invited {
  readonly person: Person
  readonly invitation: TeamInvitation
}

export function invite(keeper: Person, name: string, again = false): Invited {
  const role = name === 'Rosa' ? 'patient' : 'clinician'
  const { seat, invitation } = inviteToTeam(keeper.keeper, { pair: name, name, role }, { again })
  keeper.stored.put(seat)
  return { invitation, person: new Person(name, takeTeamInvitation(invitation, keeper.world), keeper.world) }
}

export interface Added {
  readonly commit: Uint8Array
  readonly welcome: Uint8Array
  readonly to: readonly TeamPerson[]
}

export function add(keeper: Person, person: Person): Added {
  const answer = teamAnswerOf(person.team, `${person.name}-box`)
  const { seat, frame, welcome, to } = addToTeam(keeper.keeper, person.name, answer, keeper.world)
  keeper.stored.put(seat)
  return { commit: frame, welcome, to }
}

export function remove(keeper: Person, person: Person): Uint8Array {
  const { seat, frame } = removeFromTeam(keeper.keeper, person.signing, keeper.world)
  keeper.stored.put(seat)
  return frame
}

export function renew(keeper: Person): ReturnType<typeof renewTeam>['welcomes'] {
  const { seat, welcomes } = renewTeam(keeper.keeper, keeper.world)
  keeper.stored.put(seat)
  return welcomes
}

/** Everybody is in, and has heard of everybody. */
export function teamOf(names: readonly string[], world: World = new World()): readonly [Person, ...Person[]] {
  const [first = 'Okafor', ...others] = names
  const keeper = keeperNamed(first, world)
  const team: [Person, ...Person[]] = [keeper]
  for (const name of others) {
    const { person } = invite(keeper, name)
    const { commit, welcome } = add(keeper, person)
    for (const one of team) if (one !== keeper) one.hear(commit)
    person.welcome(welcome)
    team.push(person)
  }
  return team
}

/** Sent to everybody else, and heard by them. */
export function tell(from: Person, text: string, others: readonly Person[]): Uint8Array {
  const frame = from.say(text)
  for (const one of others) if (one !== from) one.hear(frame)
  return frame
}

export const namesIn = (person: Person): readonly string[] => peopleOf(person.team).map(({ name }) => name)

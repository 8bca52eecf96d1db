/** A care team of ours, of whose members a sample follows what is looked at. */
import { equal } from '@chartseal/core/bytes'
import { defaultPooledRandom, systemClock } from '@chartseal/core/system'
import {
  addToTeam,
  createTeam,
  inviteToTeam,
  peopleOf,
  receiveForTeam,
  removeFromTeam,
  sealForTeam,
  type TeamKeeper,
  type TeamMember,
  takeTeamInvitation,
  takeTeamWelcome,
  teamAnswerOf,
} from '@chartseal/elgamal-session/team'
import { type Contender, inProcess } from '../measure.js'
import { ownName, sampleBytes, sampleSize } from './key-tree.js'

const world = { clock: systemClock, random: defaultPooledRandom() }

/** What each contender seals. */
export const teamContent: Uint8Array = Uint8Array.from({ length: 1_024 }, (_, i) => i % 251)
const body = { mediaType: 'application/octet-stream', content: teamContent }

interface Team {
  readonly keeper: TeamKeeper
  /** Of the first few members. */
  readonly sample: readonly TeamMember[]
}

function makeTeam(count: number): Team {
  let team: Team = { keeper: createTeam({ title: 'Bench', name: 'Keeper' }, world), sample: [] }
  for (let i = 1; i < count; i++) team = withMember(team, `Member ${i}`)
  return team
}

function withMember({ keeper, sample }: Team, name: string): Team {
  const invited = inviteToTeam(keeper, { pair: name, name, role: 'clinician' })
  const asked = takeTeamInvitation(invited.invitation, world)
  const { seat, frame, welcome } = addToTeam(invited.seat, name, teamAnswerOf(asked), world)
  const others = sample.map(member => receiveForTeam(member, frame, world).seat)
  const joins = others.length <= sampleSize
  return {
    keeper: seat,
    sample: joins ? [...others, takeTeamWelcome(asked, welcome, world).seat] : others,
  }
}

/** The state of a team is a value: each removal is one from the whole team. */
export function ownTeamRemoves(count: number): Contender {
  return contender(count, ({ keeper }, amount) => {
    const members = peopleOf(keeper).slice(1)
    for (let i = 0; i < amount; i++) {
      const member = members[(i * 7) % members.length]
      if (member !== undefined) removeFromTeam(keeper, member.signing, world)
    }
  })
}

/** Each message follows the one before; one text goes to all. */
export function ownTeamSeals(count: number): Contender {
  let last: TeamKeeper | null = null
  return contender(count, ({ keeper }, amount) => {
    for (let i = 0; i < amount; i++) last = sealForTeam(last ?? keeper, body, world).seat
  })
}

function contender(count: number, work: (team: Team, amount: number) => void): Contender {
  let made: Team | null = null
  const team = (): Team => (made ??= makeTeam(count))
  return inProcess(
    ownName,
    () => sampleOf(team()),
    amount => work(team(), amount),
  )
}

/** The first member is removed, and a message is sealed: whoever stays opens it. */
function sampleOf({ keeper, sample }: Team): Uint8Array {
  const [first] = peopleOf(keeper).slice(1)
  const removal = removeFromTeam(keeper, first?.signing ?? new Uint8Array(), world)
  const { frame } = sealForTeam(removal.seat, body, world)
  const [gone = false, ...rest] = sample.map(member => opens(member, removal.frame, frame))
  return sampleBytes(rest.filter(Boolean).length, gone ? 1 : 0)
}

function opens(member: TeamMember, removal: Uint8Array, message: Uint8Array): boolean {
  const { seat } = receiveForTeam(member, removal, world)
  try {
    const [event] = receiveForTeam(seat, message, world).events
    return event?.kind === 'message' && equal(event.message.body.content, teamContent)
  } catch {
    return false
  }
}

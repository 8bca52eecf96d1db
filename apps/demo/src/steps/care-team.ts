/** Part of a step: doctor, patient and a nurse write in one thread, which the nurse comes into late and leaves early. */
import type { ThreadOptions } from '@chartseal/clinic'
import {
  type CareTeamBody,
  formatTeamAnswer,
  formatTeamInvitation,
  formatTeamWelcome,
  parseTeamAnswer,
  parseTeamInvitation,
  parseTeamWelcome,
} from '@chartseal/clinic/team'
import { encodeUtf8 } from '@chartseal/core/encoding'
import {
  addToTeam,
  createTeam,
  decodeTeam,
  encodeTeam,
  inviteToTeam,
  receiveForTeam,
  removeFromTeam,
  sealForTeam,
  type Team,
  type TeamEvent,
  type TeamKeeper,
  type TeamRole,
  takeTeamInvitation,
  takeTeamWelcome,
  teamAnswerOf,
  wipeTeam,
} from '@chartseal/elgamal-session/team'
import type { Ring } from '@chartseal/kdf-keyring'
import { Correspondent } from '../correspondent.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { flipped } from '../words.js'
import type { World } from '../world.js'
import type { People } from './keys.js'
import { meet, person } from './pairing.js'

const nurseName = 'Nurse Nina Adler'
const patientName = 'the patient'
const before = 'The dressing is changed at eight.'
const meanwhile = 'It is changed. The wound is clean.'
const after = 'May I go home on Friday?'

/** A person of the team, with the state that they have of it. */
class Member {
  readonly #io: World['io']
  team: Team

  constructor(team: Team, io: World['io']) {
    this.team = team
    this.#io = io
  }

  get keeper(): TeamKeeper {
    if (this.team.kind !== 'keeper') throw new Error('internal: only the keeper adds and removes')
    return this.team
  }

  say(text: string): Uint8Array {
    const body = { mediaType: 'text/plain;charset=utf-8', content: encodeUtf8(text) }
    const { seat, frame } = sealForTeam(this.team, body, this.#io)
    this.team = seat
    return frame
  }

  /** What it led to, a word or a text for each. */
  hear(frame: Uint8Array): string {
    const { seat, events } = receiveForTeam(this.team, frame, this.#io)
    this.team = seat
    return events.map(toldOf).join(', ')
  }
}

const toldOf = (event: TeamEvent): string =>
  event.kind === 'message'
    ? `${event.message.sender.name}: ${new TextDecoder().decode(event.message.body.content)}`
    : event.kind

/** Two sides of a pair, whose thread carries what brings somebody in. */
interface Way {
  readonly keeper: Correspondent
  readonly member: Correspondent
}

interface Members {
  readonly doctor: Member
  readonly patient: Member
  readonly nurse: Member
}

/** Gives the doctor's ring as it is after all that was sent. */
export async function writeAsTeam(
  stage: Stage,
  world: World,
  clinic: People,
  rings: { readonly doctor: Ring; readonly patient: Ring },
): Promise<Ring> {
  const { io } = world
  const { pair, doctorName, trail } = clinic
  const names = { patientId: clinic.patient.id, thread: 'care team' }
  const way = {
    keeper: new Correspondent(pair.doctor, rings.doctor, names, io),
    member: new Correspondent(pair.patient, rings.patient, names, io),
  }
  const doctor = new Member(createTeam({ title: 'After the operation', name: doctorName }, io), io)
  const patient = bringIn(doctor, patientName, 'patient', way, io).member
  const first = doctor.say(before)
  const { member: nurse, change } = bringIn(doctor, nurseName, 'clinician', nursesWay(clinic, names, io), io)
  const team = { doctor, patient, nurse }
  await trail.record(doctorName, `began a care team with ${nurseName}`, clinic.patient.id)
  stage.note(`Doctor and patient begin a care team; ${nurseName} comes in after the first message`)
  patient.hear(first)
  patient.hear(change)
  await theNurseCame(stage, team, first)
  await theNurseGoes(stage, team, io)
  await trail.record(doctorName, `removed ${nurseName} from the care team`, clinic.patient.id)
  for (const member of [doctor, patient, nurse]) wipeTeam(member.team)
  return way.keeper.ring
}

function nursesWay({ pair }: People, names: ThreadOptions['names'], io: World['io']): Way {
  const nurse = person(io, 'doctor', nurseName)
  const { rings } = meet(io, pair.doctor, nurse)
  return {
    keeper: new Correspondent(pair.doctor, rings[0], names, io),
    member: new Correspondent(nurse, rings[1], names, io),
  }
}

/** Invitation, answer and welcome go as sealed messages of the pair; the change is for those who are in already. */
function bringIn(
  doctor: Member,
  name: string,
  role: TeamRole,
  { keeper, member }: Way,
  io: World['io'],
): { readonly member: Member; readonly change: Uint8Array } {
  const carry = (body: CareTeamBody, from: Correspondent, to: Correspondent): CareTeamBody =>
    present(to.receive(from.seal(body)))
  const invited = inviteToTeam(doctor.keeper, { pair: name, name, role })
  const invitation = carry(formatTeamInvitation(invited.invitation), keeper, member)
  const asked = takeTeamInvitation(parseTeamInvitation(invitation), io)
  const answer = carry(formatTeamAnswer(teamAnswerOf(asked)), member, keeper)
  const { seat, frame, welcome } = addToTeam(invited.seat, name, parseTeamAnswer(answer), io)
  doctor.team = seat
  const welcomed = carry(formatTeamWelcome(welcome), keeper, member)
  welcome.fill(0)
  return {
    member: new Member(takeTeamWelcome(asked, parseTeamWelcome(welcomed), io).seat, io),
    change: frame,
  }
}

async function theNurseCame(
  stage: Stage,
  { doctor, patient, nurse }: Members,
  first: Uint8Array,
): Promise<void> {
  const said = nurse.say(meanwhile)
  await stage.attack('one flipped bit in a message of the team', 'team/wrong-signature', () =>
    doctor.hear(flipped(said)),
  )
  const heard = [doctor.hear(said), patient.hear(said)]
  stage.check(
    'what the nurse writes opens with both of the others, once and under their name',
    heard.every(text => text === `${nurseName}: ${meanwhile}`) && doctor.hear(said) === 'known',
  )
  await stage.attack(
    'what was written before the nurse came, opened by the nurse',
    'team/before-joining',
    () => nurse.hear(first),
  )
}

async function theNurseGoes(
  stage: Stage,
  { doctor, patient, nurse }: Members,
  io: World['io'],
): Promise<void> {
  const copy = new Member(decodeTeam(encodeTeam(nurse.team)), io)
  const { seat, frame } = removeFromTeam(doctor.keeper, teamAnswerOf(nurse.team).signing, io)
  doctor.team = seat
  const told = [patient.hear(frame), nurse.hear(frame)]
  const said = patient.say(after)
  stage.check(
    'the doctor removes the nurse: both are told, and the patient writes for the doctor alone',
    told.join() === 'changed,removed' && doctor.hear(said) === `${patientName}: ${after}`,
  )
  await stage.attack('what comes after, opened by the nurse', 'team/not-in', () => nurse.hear(said))
  stage.answer(
    'the same with a copy of all keys that the nurse had: it waits for one that never comes',
    'waiting',
    copy.hear(said),
  )
  await stage.attack('a message that the nurse writes with this copy', 'team/after-removal', () =>
    doctor.hear(copy.say('Keep the dressing off.')),
  )
  wipeTeam(copy.team)
}

/** Frozen: what the keeper and the members of a care team make of these steps and this chance, and what each reads. */
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner } from '@chartseal/core/vectors'
import {
  addToTeam,
  createTeam,
  inviteToTeam,
  leaveTeam,
  receiveForTeam,
  removeFromTeam,
  renewTeam,
  sealForTeam,
  type Team,
  type TeamEvent,
  type TeamKeeper,
  type TeamMember,
  type TeamRole,
  type TeamWorld,
  takeTeamInvitation,
  takeTeamWelcome,
  teamAnswerOf,
  welcomeAgain,
} from '../team.js'
import { Chance } from './chance.js'

/** Who is in the team, or was; every step is at the time and with the chance that it names. */
class Stage implements TeamWorld {
  readonly random: Chance = new Chance()
  readonly members: Map<string, TeamMember> = new Map()
  keeperName = ''
  #atMs = 0
  #keeper: TeamKeeper | null = null
  readonly clock = { nowMs: (): number => this.#atMs }

  begin(step: JsonObject): void {
    this.#atMs = step.count('at')
    this.random.next(step.hex('random'))
  }

  get keeper(): TeamKeeper {
    if (this.#keeper === null) throw new Error('internal: the team is not there yet')
    return this.#keeper
  }

  set keeper(seat: TeamKeeper) {
    this.#keeper = seat
  }

  member(name: string): TeamMember {
    const member = this.members.get(name)
    if (member === undefined) throw new Error(`internal: nobody is called ${name}`)
    return member
  }

  /** Everybody but who sent it; gives what each was shown. */
  hear(frame: Uint8Array, ...left: readonly string[]): readonly TeamEvent[] {
    const shown: TeamEvent[] = []
    for (const [name, member] of this.members) {
      if (left.includes(name) || member.phase !== 'in') continue
      const { seat, events } = receiveForTeam(member, frame, this)
      this.members.set(name, seat)
      shown.push(...events)
    }
    return shown
  }

  /** The epoch's key is one for all who are in. */
  agreeOnKey(step: JsonObject): void {
    for (const seat of [this.keeper, ...this.members.values()]) {
      if (seat.phase !== 'in') continue
      agree('the key of the epoch', keyOf(seat), step.text('epoch_key'))
    }
    agree('the chance that is left', this.random.left, 0)
  }
}

const keyOf = ({ epochs }: Team): string => {
  const bytes = epochs[0]?.key.reveal() ?? new Uint8Array()
  return encodeHex(bytes)
}

const roleOf = (step: JsonObject): TeamRole => (step.text('role') === 'patient' ? 'patient' : 'clinician')

const steps: Readonly<Record<string, (stage: Stage, step: JsonObject) => void>> = {
  create(stage, step) {
    stage.keeperName = step.text('who')
    const [title, name, box] = [step.text('title'), step.text('who'), step.text('box')]
    stage.keeper = createTeam({ title, name, box, role: roleOf(step) }, stage)
    agree('the id', stage.keeper.id, step.hex('id'))
    agree('the key for commits', stage.keeper.keeperKey, step.hex('keeper'))
    agree('the commit', stage.keeper.commit, step.hex('commit'))
  },
  invite(stage, step) {
    const name = step.text('who')
    const person = { pair: name, name, role: roleOf(step) }
    const { seat, invitation } = inviteToTeam(stage.keeper, person)
    stage.keeper = seat
    stage.members.set(name, takeTeamInvitation(invitation, stage))
    agree('the key of the answer', teamAnswerOf(stage.member(name)).signing, step.hex('signing'))
  },
  add(stage, step) {
    const name = step.text('who')
    const answer = teamAnswerOf(stage.member(name), step.text('box'))
    const { seat, frame, welcome } = addToTeam(stage.keeper, name, answer, stage)
    stage.keeper = seat
    agree('the commit', frame, step.hex('commit'))
    stage.hear(frame, name)
    welcomed(stage, name, welcome, step)
  },
  welcome(stage, step) {
    const { seat, welcome } = welcomeAgain(stage.keeper, step.text('who'), stage)
    stage.keeper = seat
    welcomed(stage, step.text('who'), welcome, step)
  },
  say(stage, step) {
    const name = step.text('who')
    const body = { mediaType: step.text('type'), content: encodeUtf8(step.text('text')) }
    const file = step.has('file') ? { fileName: step.text('file') } : {}
    const isKeeper = name === stage.keeperName
    const sealed = sealForTeam<Team>(
      isKeeper ? stage.keeper : stage.member(name),
      { ...body, ...file },
      stage,
    )
    keep(stage, name, sealed.seat)
    agree('the message', sealed.frame, step.hex('frame'))
    const shown = [...stage.hear(sealed.frame, name), ...(isKeeper ? [] : heardByKeeper(stage, sealed.frame))]
    for (const event of shown) agreeOnText(event, step)
    agree('how many read it', shown.length, step.count('readers'))
  },
  remove(stage, step) {
    const { signing } = teamAnswerOf(stage.member(step.text('who')))
    const { seat, frame } = removeFromTeam(stage.keeper, signing, stage)
    stage.keeper = seat
    agree('the commit', frame, step.hex('commit'))
    stage.hear(frame)
    agree('that they are in', stage.member(step.text('who')).phase === 'in', false)
  },
  leave(stage, step) {
    const name = step.text('who')
    const { seat, frame } = leaveTeam(stage.member(name), stage)
    stage.members.set(name, seat)
    agree('the message', frame, step.hex('frame'))
    for (const { kind } of [...stage.hear(frame), ...heardByKeeper(stage, frame)])
      agree('what is shown', kind, 'left')
  },
  renew(stage, step) {
    const { seat, welcomes } = renewTeam(stage.keeper, stage)
    stage.keeper = seat
    agree('the commit', seat.commit, step.hex('commit'))
    const given = step.objects('welcomes')
    agree('how many are welcomed', welcomes.length, given.length)
    welcomes.forEach(({ pair, welcome }, i) => {
      const expected = given[i]
      if (expected === undefined) throw new Error('internal: no welcome')
      agree('who is welcomed', pair, expected.text('who'))
      welcomed(stage, pair, welcome, expected)
    })
  },
}

function welcomed(stage: Stage, name: string, welcome: Uint8Array, expected: JsonObject): void {
  agree('the welcome', welcome, expected.hex('welcome'))
  stage.members.set(name, takeTeamWelcome(stage.member(name), welcome, stage).seat)
}

function keep(stage: Stage, name: string, seat: Team): void {
  if (seat.kind === 'keeper') stage.keeper = seat
  else stage.members.set(name, seat)
}

function heardByKeeper(stage: Stage, frame: Uint8Array): readonly TeamEvent[] {
  const { seat, events } = receiveForTeam(stage.keeper, frame, stage)
  stage.keeper = seat
  return events
}

function agreeOnText(event: TeamEvent, step: JsonObject): void {
  agree('what is shown', event.kind, 'message')
  if (event.kind !== 'message') return
  const { sender, sentAtMs, body, missing } = event.message
  agree('the sender', sender.name, step.text('who'))
  agree('the time', sentAtMs, step.count('at'))
  agree('the type', body.mediaType, step.text('type'))
  agree('the content', body.content, encodeUtf8(step.text('text')))
  agree('what is missing', missing, 0)
}

export const careTeam: CaseRunner = testCase => {
  const stage = new Stage()
  for (const step of testCase.objects('steps')) {
    stage.begin(step)
    const take = steps[step.text('does')]
    if (take === undefined) throw new Error('internal: a step is unknown')
    take(stage, step)
    stage.agreeOnKey(step)
  }
}

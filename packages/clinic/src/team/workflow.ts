/**
 * What brings people into a care team, as sealed messages of the threads of pairs. Each step changes a device and the
 * state of the team: the team is stored first, then the device, and only then a message leaves.
 */
import { equal } from '@chartseal/core/bytes'
import {
  addToTeam,
  inviteToTeam,
  type TeamAdding,
  type TeamKeeper,
  type TeamMember,
  type TeamRole,
  type TeamStep,
  takeTeamInvitation,
  takeTeamWelcome,
  teamAnswerOf,
  welcomeAgain,
} from '@chartseal/elgamal-session/team'
import type { Device } from '../device.js'
import { headerOf, type OpenedHeader, openFromPeer, pairNow } from '../opened.js'
import { type OpenOptions, sealNext, type ThreadOptions } from '../thread.js'
import type { Change, World } from '../world.js'
import { careTeamError } from './errors.js'
import {
  type CareTeamBody,
  formatTeamAnswer,
  formatTeamInvitation,
  formatTeamWelcome,
  parseTeamAnswer,
  parseTeamInvitation,
  parseTeamWelcome,
} from './messages.js'

/** The team to store, and what to send then to the other side of the pair. */
export interface SealedForTeam<Seat> {
  readonly seat: Seat
  readonly message: Uint8Array
}

export interface InvitedToTeam extends SealedForTeam<TeamKeeper> {
  /** What the others will see of them. */
  readonly name: string
}

/**
 * Seals the invitation of a pair.
 * @throws ChartsealError `team/is-in`, `team/too-many`, `team/behind`, and as `sealNext`
 */
export function sealTeamInvitation(
  keeper: TeamKeeper,
  device: Device,
  options: ThreadOptions & { readonly role: TeamRole; readonly name?: string; readonly again?: boolean },
  world: World,
): Change<InvitedToTeam> {
  const { role, name = device.peerName, again = false } = options
  const person = { pair: pairNow(device, options, world), name, role }
  const { seat, invitation, name: known } = inviteToTeam(keeper, person, { again })
  const sealed = sealNext(device, { ...options, body: formatTeamInvitation(invitation) }, world)
  return { result: { seat, name: known, message: sealed.result }, device: sealed.device }
}

export interface AcceptedTeam extends SealedForTeam<TeamMember> {
  /** By which the welcome must come. */
  readonly pair: string
  readonly keeperName: string
  readonly invitation: OpenedHeader
}

/**
 * Opens an invitation and seals the answer. Store the team, then the device, acknowledge the invitation, send the answer.
 * @param known a state of this thread that waits for its welcome: the same key goes into the answer once more
 * @throws ChartsealError `care-team/own-message`, `care-team/not-an-invitation`, `care-team/invalid`,
 * `care-team/other-team`, and as `openOnce` and `sealNext`
 */
export function acceptTeamInvitation(
  device: Device,
  message: Uint8Array,
  options: OpenOptions & { readonly box?: string },
  world: World,
  known: TeamMember | null = null,
): Change<AcceptedTeam> {
  const { opened, after } = openFromPeer(device, message, options, world, ownMessage)
  const invitation = parseTeamInvitation(opened.body)
  if (known !== null && !equal(known.id, invitation.id)) throw careTeamError('care-team/other-team', {})
  const isSame = known?.phase === 'asked' && equal(known.keeperKey, invitation.keeperKey)
  const seat = isSame && known !== null ? known : takeTeamInvitation(invitation, world)
  const body = formatTeamAnswer(teamAnswerOf(seat, options.box))
  const sealed = sealNext(after, { ...options, body }, world)
  const pair = pairNow(after, options, world)
  const about = { pair, keeperName: device.peerName, invitation: headerOf(opened) }
  return { result: { seat, message: sealed.result, ...about }, device: sealed.device }
}

export interface AddedToTeam extends SealedForTeam<TeamKeeper> {
  /** The commit for the others, and who they are. */
  readonly adding: Omit<TeamAdding, 'welcome'>
  readonly answer: OpenedHeader
}

/**
 * Opens the answer of a pair and seals the welcome. Store the team, then the device, acknowledge the answer; then send the
 * commit to the others and the message to the newcomer.
 * @throws ChartsealError `care-team/own-message`, `care-team/not-an-answer`, `care-team/invalid`, `team/other-answer`,
 * `team/not-invited`, `team/key-taken`, `team/malformed`, `team/behind`, and as `openOnce` and `sealNext`
 */
export function addFromAnswer(
  keeper: TeamKeeper,
  device: Device,
  message: Uint8Array,
  options: OpenOptions,
  world: World,
): Change<AddedToTeam> {
  const { opened, after } = openFromPeer(device, message, options, world, ownMessage)
  const pair = pairNow(after, options, world)
  const { welcome, ...adding } = addToTeam(keeper, pair, parseTeamAnswer(opened.body), world)
  const sealed = sealWelcome(after, welcome, options, world)
  const { seat } = adding
  return { result: { seat, message: sealed.result, adding, answer: headerOf(opened) }, device: sealed.device }
}

/**
 * Seals the welcome of a pair that is in, once more. Store the team, then the device, then send both as
 * {@link addFromAnswer} says.
 * @throws ChartsealError `team/not-invited`, `team/behind`, and as `sealNext`
 */
export function sealWelcomeAgain(
  keeper: TeamKeeper,
  device: Device,
  options: ThreadOptions,
  world: World,
): Change<Omit<AddedToTeam, 'answer'>> {
  const { welcome, ...adding } = welcomeAgain(keeper, pairNow(device, options, world), world)
  const sealed = sealWelcome(device, welcome, options, world)
  return { result: { seat: adding.seat, message: sealed.result, adding }, device: sealed.device }
}

/** Seals a welcome that `addToTeam` or `renewTeam` gave, and wipes it. @throws ChartsealError as `sealNext` */
function sealWelcome(
  device: Device,
  welcome: Uint8Array,
  options: ThreadOptions,
  world: World,
): Change<Uint8Array> {
  try {
    return sealNext(device, { ...options, body: formatTeamWelcome(welcome) }, world)
  } finally {
    welcome.fill(0)
  }
}

export interface WelcomedToTeam extends TeamStep<TeamMember> {
  readonly welcome: OpenedHeader
}

/**
 * Opens the welcome of the keeper. Store the team, then the device, and acknowledge the welcome.
 * @param pair by which the invitation came
 * @throws ChartsealError `care-team/own-message`, `care-team/not-a-welcome`, `care-team/other-pair`, `team/malformed`,
 * `team/other-thread`, `team/not-in`, `team/bad-welcome`, `conference/bad-path`, and as `openOnce`
 */
export function openTeamWelcome(
  member: TeamMember,
  pair: string,
  device: Device,
  message: Uint8Array,
  options: OpenOptions,
  world: World,
): Change<WelcomedToTeam> {
  const { opened, after } = openFromPeer(device, message, options, world, ownMessage)
  if (pairNow(after, options, world) !== pair) throw careTeamError('care-team/other-pair', {})
  const body: CareTeamBody = opened.body
  try {
    const step = takeTeamWelcome(member, parseTeamWelcome(body), world)
    return { result: { ...step, welcome: headerOf(opened) }, device: after }
  } finally {
    body.content.fill(0)
  }
}

const ownMessage = () => careTeamError('care-team/own-message', {})

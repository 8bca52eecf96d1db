/**
 * A care team thread: several clinicians and the patient, sealed under one key tree. Who joins cannot read what came
 * before, who is removed cannot read what comes after. State is a value. Formats: docs/spec/care-team.md.
 */
export { decodeTeam, encodeTeam, wipeTeam } from './team/codec.js'
export { type TeamErrors, teamError } from './team/errors.js'
export { inspectTeamFrame, isTeamFrame, type TeamFrameInspection } from './team/frame.js'
export {
  addToTeam,
  type CreateTeamOptions,
  createTeam,
  type InviteToTeamOptions,
  inviteToTeam,
  removeFromTeam,
  updateInTeam,
} from './team/keeper.js'
export { maxTeamContentBytes, maxTeamPeople } from './team/limits.js'
export { takeTeamInvitation, takeTeamWelcome, teamAnswerOf } from './team/member.js'
export { receiveForTeam } from './team/receive.js'
export { renewTeam, welcomeAgain } from './team/renewal.js'
export { keeperOf, leaveTeam, peopleOf, sealForTeam, selfOf } from './team/seal.js'
export type {
  FormerPerson,
  InvitedPerson,
  SenderChain,
  SenderGap,
  SenderPlace,
  Team,
  TeamAdding,
  TeamAnswer,
  TeamBody,
  TeamEpoch,
  TeamEvent,
  TeamInvitation,
  TeamKeeper,
  TeamMember,
  TeamMessage,
  TeamPerson,
  TeamPhase,
  TeamRenewal,
  TeamRole,
  TeamSeat,
  TeamSending,
  TeamStep,
  TeamWorld,
} from './team/types.js'

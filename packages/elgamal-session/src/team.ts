/**
 * A care team thread: several clinicians and the patient, sealed under one key tree. Who joins cannot read what came
 * before, who is removed cannot read what comes after. State is a value. Formats: docs/spec/care-team.md.
 */
export { type TeamErrors, teamError } from './team/errors.js'
export type {
  FormerPerson,
  InvitedPerson,
  SenderChain,
  SenderGap,
  SenderPlace,
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
  TeamWorld,
} from './team/types.js'

/**
 * Care teams: what the threads of pairs carry to bring people in, texts to paste, and the file that keeps a thread. It
 * runs in browsers; files are in `/fs/team`. The thread itself: `@chartseal/elgamal-session/team`.
 */
export { type CareTeamErrors, careTeamError } from './team/errors.js'
export type { CareTeam } from './team/file.js'
export {
  type CareTeamBody,
  formatTeamAnswer,
  formatTeamInvitation,
  formatTeamWelcome,
  parseTeamAnswer,
  parseTeamInvitation,
  parseTeamWelcome,
} from './team/messages.js'
export { teamAnswerType, teamInvitationType, teamKindOf, teamWelcomeType } from './team/names.js'
export { formatTeamFrame, parseTeamFrame } from './team/text.js'
export {
  type AcceptedTeam,
  type AddedToTeam,
  acceptTeamInvitation,
  addFromAnswer,
  type InvitedToTeam,
  openTeamWelcome,
  type SealedForTeam,
  sealTeamInvitation,
  sealWelcomeAgain,
  type WelcomedToTeam,
} from './team/workflow.js'

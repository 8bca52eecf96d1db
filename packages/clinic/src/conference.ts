/**
 * A conference of a doctor with many patients: invitations and answers in the threads of pairs, what each side keeps,
 * and what drives both ends over any transport. It runs in browsers; TCP is in `/tcp`.
 */
export {
  addAnswer,
  addInvitation,
  type BookPatient,
  type ConferenceBook,
  type CreateConferenceOptions,
  createConference,
  type Enrolled,
  enrolledOf,
  type InviteOptions,
  pairOf,
  wipeBook,
} from './conference/book.js'
export { decodeBook, decodeSeat, encodeBook, encodeSeat } from './conference/codec.js'
export {
  type ConferenceBody,
  formatAnswer,
  formatInvitation,
  type Invitation,
  type InvitationAnswer,
  parseAnswer,
  parseInvitation,
} from './conference/messages.js'
export { answerType, type ConferenceSuite, invitationType } from './conference/names.js'
export { answerOf, type ConferenceSeat, takeSeat, wipeSeat } from './conference/seat.js'
export type { StaticKey } from './conference/static-key.js'
export {
  type Accepted,
  acceptInvitation,
  type Enrolment,
  enrolPatient,
  type Invited,
  type OpenedHeader,
  sealInvitation,
} from './conference/workflow.js'
export { type EnrolmentErrors, enrolmentError } from './errors.js'

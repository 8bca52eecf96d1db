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
  enrolledOf,
  type InviteOptions,
  pairOf,
  wipeBook,
} from './conference/book.js'
export { decodeBook, decodeSeat, encodeBook, encodeSeat } from './conference/codec.js'
export {
  driveHost,
  type HostDriver,
  type HostEvent,
  type HostMachine,
  type HostOptions,
  type HostOrder,
} from './conference/drive-host.js'
export {
  driveSeat,
  type SeatDriver,
  type SeatExpiry,
  type SeatMachine,
  type SeatOptions,
  type SeatOrder,
} from './conference/drive-seat.js'
export { type DriverErrors, driverError, type EnrolmentErrors, enrolmentError } from './conference/errors.js'
export { longTimer } from './conference/long-timer.js'
export {
  type ConferenceBody,
  formatAnswer,
  formatInvitation,
  type Invitation,
  type InvitationAnswer,
  parseAnswer,
  parseInvitation,
} from './conference/messages.js'
export { answerType, invitationType } from './conference/names.js'
export type {
  HandshakeWorkers,
  Journal,
  Link,
  LinkEnd,
  LinkReceiver,
  Slot,
  Timer,
  Transport,
} from './conference/ports.js'
export { answerOf, type ConferenceSeat, takeSeat, wipeSeat } from './conference/seat.js'
export { type WebSocketLike, type WebSocketOptions, webSocketTransport } from './conference/web-socket.js'
export {
  type Accepted,
  acceptInvitation,
  type Enrolment,
  enrolPatient,
  type Invited,
  sealInvitation,
} from './conference/workflow.js'
export type { OpenedHeader } from './opened.js'

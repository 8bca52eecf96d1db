/** Frames of the conference: one WebSocket message each, or behind a length on TCP. */
export { type ConferenceErrors, conferenceError } from './conference-errors.js'
export {
  decodeHeader,
  encodeHeader,
  type FrameKind,
  flags,
  frameKindOf,
  type Header,
  headerBytes,
  maxFrameBytesBefore,
  maxFrameBytesOfMembers,
  type Opcode,
  opcodes,
  payloadOf,
  requireFrameSize,
} from './frames/header.js'
export { FrameOpener, FrameSealer, type OpenedFrame, openFrame, sealFrame } from './frames/session.js'

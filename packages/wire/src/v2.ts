/**
 * Messages, version 2: key id and counter in clear, patient and parties authenticated and not sent, lengths padded.
 * Byte table: docs/spec/wire-v2.md.
 */
export {
  type AttachmentOpening,
  maxAttachmentBytes,
  type OpenedAttachment,
  openAttachment,
  sealAttachment,
} from './v2/attachment.js'
export type { Body } from './v2/body.js'
export type { AttachmentInfo } from './v2/body-front.js'
export { type MessageErrors, messageError } from './v2/errors.js'
export { type Binding, type Header, maxMessageBytes, readFront, readHeader } from './v2/frame.js'
export {
  type InspectedMessageV2,
  type InspectedPart,
  type Inspection,
  inspect,
  type Refusal,
} from './v2/inspect.js'
export type { Padding } from './v2/padding.js'
export { advance, emptyWindow, judge, type ReplayWindow } from './v2/replay.js'
export { rewrap } from './v2/rewrap.js'
export { type OpenedMessage, open, type SealingKey, seal } from './v2/seal.js'
export { format, join, maxParts, type Part, parse, parsePart, split } from './v2/text.js'

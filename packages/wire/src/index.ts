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
} from './attachment.js'
export type { Body } from './body.js'
export type { AttachmentInfo } from './body-front.js'
export { type MessageErrors, messageError } from './errors.js'
export { type Binding, type Header, maxMessageBytes, readFront, readHeader } from './frame.js'
export {
  type InspectedMessageV2,
  type InspectedPart,
  type Inspection,
  inspect,
  type Refusal,
} from './inspect.js'
export type { Padding } from './padding.js'
export { advance, emptyWindow, judge, type ReplayWindow } from './replay.js'
export { type OpenedMessage, open, type SealingKey, seal } from './seal.js'
export { format, join, maxParts, type Part, parse, parsePart, split } from './text.js'
export { rewrap } from './v1/rewrap.js'

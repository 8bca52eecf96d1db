/**
 * Messages, version 2: key id and counter in clear, patient and parties authenticated and not sent, lengths padded.
 * Byte table: docs/spec/wire-v2.md.
 */
export {
  type AttachmentOpening,
  maxAttachmentBytes,
  type OpenedAttachment,
  type OpeningKey,
  openAttachment,
  sealAttachment,
} from './attachment.js'
export type { AttachmentInfo, Body } from './body.js'
export { type MessageErrors, messageError } from './errors.js'
export { type Binding, type Header, maxMessageBytes, readFront, readHeader } from './frame.js'
export {
  type InspectedMessage,
  type InspectedPart,
  inspectMessage,
  type MessageInspection,
  type Refusal,
} from './inspect.js'
export type { Padding } from './padding.js'
export { advanceWindow, emptyWindow, judgeCounter, type ReplayWindow } from './replay.js'
export { type MessageKey, type OpenedMessage, openMessage, sealMessage } from './seal.js'
export {
  formatMessage,
  joinParts,
  messageOfTexts,
  type Part,
  parseMessage,
  parsePart,
  splitMessage,
} from './text.js'

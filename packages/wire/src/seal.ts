import { concat } from '@chartseal/core/bytes'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { type Body, decodeBody, encodeBody } from './body.js'
import { messageError } from './errors.js'
import {
  type Binding,
  contextOf,
  formatHeader,
  type Header,
  headerBytes,
  maxMessageBytes,
  readHeader,
} from './frame.js'
import { type Padding, pad, unpad } from './padding.js'

/** What the keyring gives for one message: a key, its name, and a counter that it never gives again. */
export interface MessageKey extends Header {
  readonly key: AeadKey
}

/**
 * Seals one message; gives its bytes.
 * @throws ChartsealError `message/too-large`, `key/wiped`, `encoding/invalid` for a lone surrogate; TypeError,
 * RangeError naming the field that no message can have
 */
export function sealMessage(
  { key, ...header }: MessageKey,
  binding: Binding,
  body: Body,
  random: Random = systemRandom,
  padding: Padding = {},
): Uint8Array {
  const head = formatHeader(header)
  const padded = pad(encodeBody(body), padding)
  try {
    const message = concat(head, sealBytes(key, padded, contextOf(head, binding), random))
    if (message.length > maxMessageBytes)
      throw messageError('message/too-large', { limitBytes: maxMessageBytes })
    return message
  } finally {
    padded.fill(0)
  }
}

export interface OpenedMessage extends Header {
  readonly body: Body
}

/**
 * Opens a message with the key that its header names. The caller then asks its replay window.
 * @throws ChartsealError `message/…` for what anyone can see; `open/failed` for a wrong key, another patient, thread,
 * sender or recipient, or a message that was changed
 */
export function openMessage(key: AeadKey, message: Uint8Array, binding: Binding): OpenedMessage {
  const header = readHeader(message)
  const context = contextOf(message.subarray(0, headerBytes), binding)
  const body = unpad(openBytes(key, message.subarray(headerBytes), context))
  if (body === null) throw coreError('open/failed', {})
  return { ...header, body: decodeBody(body) }
}

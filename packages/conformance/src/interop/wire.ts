import type { Answer, JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import {
  type Binding,
  type Body,
  formatMessage,
  inspectMessage,
  joinParts,
  openMessage,
  parseMessage,
  sealMessage,
  splitMessage,
} from '@chartseal/wire'
import { inspect as inspectV1, open as openV1, seal as sealV1 } from '@chartseal/wire/v1'
import type { Operation, Operations } from './operation.js'

const encrypt: Operation = (request, { random }) => {
  using key = new AeadKey(request.hex('key'))
  return { wire: sealV1(key, request.text('plaintext'), request.text('patient_id'), { random }) }
}

const decrypt: Operation = request => {
  using key = new AeadKey(request.hex('key'))
  const lenient = request.has('lenient') && request.boolean('lenient')
  const { plaintext, patientId } = openV1(key, request.text('wire'), { lenient })
  return { plaintext, patient_id: patientId }
}

const messageSeal: Operation = (request, { random }) => {
  using key = new AeadKey(request.hex('key'))
  const sealingKey = { key, kid: request.hex('kid'), counter: request.integer('counter') }
  const message = sealMessage(sealingKey, bindingOf(request), bodyOf(request), random)
  if (!request.has('max_characters')) return { message: formatMessage(message) }
  return { message: formatMessage(message), parts: splitMessage(message, request.count('max_characters')) }
}

const messageOpen: Operation = request => {
  using key = new AeadKey(request.hex('key'))
  const message = request.has('parts')
    ? joinParts(request.texts('parts'))
    : parseMessage(request.text('message'))
  const { kid, counter, body } = openMessage(key, message, bindingOf(request))
  const { mediaType, content, sentAtMs, fileName } = body
  const named = fileName === undefined ? {} : { file_name: fileName }
  return { kid, counter, media_type: mediaType, content, sent_at: sentAtMs, ...named }
}

const messageInspect: Operation = request => {
  const text = request.text('message')
  if (text.startsWith('[MEDCRYPT')) return inspectionOfV1(text)
  const { refusal, message, part } = inspectMessage(text)
  const code = refusal === null ? null : refusal.code
  if (part !== null) return { refusal: code, set_id: part.setId, part: part.index, parts: part.count }
  if (message === null) return { refusal: code }
  const { kid, counter, paddedBytes } = message
  return { refusal: code, version: 2, kid, counter, padded_bytes: paddedBytes }
}

function inspectionOfV1(text: string): Answer {
  const { refusal, message } = inspectV1(text)
  const code = refusal === null ? null : refusal.code
  if (message === null) return { refusal: code }
  const { patientId, plaintextBytes } = message
  return { refusal: code, version: 1, patient_id: patientId, plaintext_bytes: plaintextBytes }
}

function bindingOf(request: JsonObject): Binding {
  const [patientId, thread] = [request.text('patient_id'), request.text('thread')]
  return { patientId, thread, sender: request.text('sender'), recipient: request.text('recipient') }
}

function bodyOf(request: JsonObject): Body {
  const fields = {
    mediaType: request.text('media_type'),
    content: request.hex('content'),
    sentAtMs: request.count('sent_at'),
  }
  return request.has('file_name') ? { ...fields, fileName: request.text('file_name') } : fields
}

export const wireOperations: Operations = {
  encrypt,
  decrypt,
  'v2-message-seal': messageSeal,
  'v2-message-open': messageOpen,
  'v2-message-inspect': messageInspect,
}

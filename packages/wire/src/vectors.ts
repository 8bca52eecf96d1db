/** Runners of the vector files of this format; see `@chartseal/core/vectors`. */
import { ownBuffer } from '@chartseal/core/bytes'
import type { ByteTransform } from '@chartseal/core/chunked'
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { agree, type CaseRunner, refusalOf, type VectorRunners, verdictOf } from '@chartseal/core/vectors'
import * as v2 from './index.js'
import { type OpenedMessage, open, seal } from './v1.js'

const sealAndOpen: CaseRunner = testCase => {
  const key = new AeadKey(testCase.hex('key'))
  const nonce = testCase.hex('nonce')
  const scripted: Random = { bytes: () => Uint8Array.from(nonce) }
  const wire = seal(key, testCase.text('plaintext'), testCase.text('patient_id'), { random: scripted })
  agree('the sealed message', wire, testCase.text('wire'))
  for (const lenient of [false, true]) {
    agreeOnContent(testCase, open(key, testCase.text('wire'), { lenient }))
  }
}

/** `seed_verdict` judges lenient mode, `strict_decoder_should` (or else the same verdict) the strict one. */
const judge: CaseRunner = async testCase => {
  const seedVerdict = testCase.text('seed_verdict')
  const strictVerdict = testCase.has('strict_decoder_should')
    ? testCase.text('strict_decoder_should')
    : seedVerdict
  await judgeMode(testCase, true, seedVerdict)
  await judgeMode(testCase, false, strictVerdict)
}

async function judgeMode(testCase: JsonObject, lenient: boolean, expected: string): Promise<void> {
  const attempt = (): OpenedMessage =>
    open(new AeadKey(testCase.hex('key')), testCase.text('wire'), { lenient })
  agree(lenient ? 'the lenient verdict' : 'the strict verdict', await verdictOf(attempt), expected)
  if (expected === 'accept') agreeOnContent(testCase, attempt())
}

function agreeOnContent(testCase: JsonObject, opened: OpenedMessage): void {
  for (const [field, actual] of [
    ['plaintext', opened.plaintext],
    ['patient_id', opened.patientId],
  ] as const) {
    if (testCase.has(field)) agree(field, actual, testCase.text(field))
  }
}

/** Frozen: opens to the same body, and sealing under the same salt gives the same text, at once and as a stream; or is refused. */
const messageV2: CaseRunner = async testCase => {
  if (testCase.has('refused')) {
    agree(
      'the refusal',
      refusalOf(() => opened(testCase)),
      testCase.text('refused'),
    )
    return
  }
  const sealingKey = {
    key: new AeadKey(testCase.hex('key')),
    kid: testCase.hex('kid'),
    counter: testCase.integer('counter'),
  }
  const binding = bindingOf(testCase)
  const message = v2.parseMessage(testCase.text('text'))
  const { body, ...header } = v2.openMessage(sealingKey.key, message, binding)
  agree('the key id', header.kid, sealingKey.kid)
  agree('the counter', header.counter, sealingKey.counter)
  agreeOnFields(testCase, body)
  agree('the content', body.content, testCase.hex('content'))
  const salt: Random = { bytes: () => testCase.hex('salt') }
  const padding = testCase.has('bucket_bytes') ? { bucketBytes: testCase.count('bucket_bytes') } : {}
  const sealed = v2.sealMessage(sealingKey, binding, body, salt, padding)
  agree('the sealed message', v2.formatMessage(sealed), testCase.text('text'))

  const { content, ...fields } = body
  const info = { ...fields, sizeBytes: content.length }
  const sealing = v2.sealAttachment(sealingKey, binding, info, salt, padding)
  agree('the sealed stream', await through(content, sealing), message)
  const opening = v2.openAttachment(() => ({ key: sealingKey.key, binding }))
  agree('the content of the stream', await through(message, opening.stream), content)
  agreeOnFields(testCase, opening.opened())
}

function opened(testCase: JsonObject): unknown {
  const key = new AeadKey(testCase.hex('key'))
  return v2.openMessage(key, v2.parseMessage(testCase.text('text')), bindingOf(testCase))
}

function bindingOf(testCase: JsonObject): v2.Binding {
  return {
    patientId: testCase.text('patient_id'),
    thread: testCase.text('thread'),
    sender: testCase.text('sender'),
    recipient: testCase.text('recipient'),
  }
}

function agreeOnFields(testCase: JsonObject, fields: Omit<v2.Body, 'content'>): void {
  agree('the media type', fields.mediaType, testCase.text('media_type'))
  agree('the time', fields.sentAtMs, testCase.count('sent_at_ms'))
  agree('the file name', fields.fileName, testCase.has('file_name') ? testCase.text('file_name') : undefined)
}

async function through(bytes: Uint8Array, stream: ByteTransform): Promise<Uint8Array> {
  const source = new Blob([ownBuffer(bytes)]).stream()
  return new Uint8Array(await new Response(source.pipeThrough(stream)).arrayBuffer())
}

export const runners: VectorRunners = {
  'wire-v2': messageV2,
  'medcrypt-wire': sealAndOpen,
  'medcrypt-wire-reject': judge,
  'medcrypt-wire-lax': judge,
}

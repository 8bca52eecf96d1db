/** Runners of the vector files of this format; see `@chartseal/core/vectors`. */
import type { JsonObject } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { agree, type CaseRunner, type VectorRunners, verdictOf } from '@chartseal/core/vectors'
import { type OpenedMessage, open, seal } from './v1.js'
import * as v2 from './v2.js'

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

/** Frozen: opens to the same body, and sealing under the same salt gives the same text. */
const messageV2: CaseRunner = testCase => {
  const sealingKey = {
    key: new AeadKey(testCase.hex('key')),
    kid: testCase.hex('kid'),
    counter: testCase.integer('counter'),
  }
  const binding = {
    patientId: testCase.text('patient_id'),
    thread: testCase.text('thread'),
    sender: testCase.text('sender'),
    recipient: testCase.text('recipient'),
  }
  const { body, ...header } = v2.open(sealingKey.key, v2.parse(testCase.text('text')), binding)
  agree('the key id', header.kid, sealingKey.kid)
  agree('the counter', header.counter, sealingKey.counter)
  agree('the content', body.content, testCase.hex('content'))
  agree('the media type', body.mediaType, testCase.text('media_type'))
  agree('the time', body.sentAtMs, testCase.count('sent_at_ms'))
  agree('the file name', body.fileName, testCase.has('file_name') ? testCase.text('file_name') : undefined)
  const salt: Random = { bytes: () => testCase.hex('salt') }
  agree('the sealed message', v2.format(v2.seal(sealingKey, binding, body, salt)), testCase.text('text'))
}

export const runners: VectorRunners = {
  'wire-v2': messageV2,
  'medcrypt-wire': sealAndOpen,
  'medcrypt-wire-reject': judge,
  'medcrypt-wire-lax': judge,
}

/** Sealed messages of both versions, whole, in parts and in bytes. */
import { encodeHex } from '@chartseal/core/encoding'
import {
  formatMessage,
  type InspectedMessage,
  inspectMessage,
  joinParts,
  type MessageInspection,
  parsePart,
  readHeader,
} from '@chartseal/wire'
import { type InspectedMessage as InspectedV1, inspect as inspectV1 } from '@chartseal/wire/v1'
import { type Detector, explained, type Finding, refusalOf } from './detector.js'

/** What a text of either version shows without a key; nothing of it is authenticated. */
export interface AnyInspection extends Omit<MessageInspection, 'message'> {
  readonly message: InspectedMessage | InspectedV1 | null
}

/** Explains a message of version 1 or 2, or a part of one, without a key; never throws for data. */
export function inspectAnyMessage(text: string): AnyInspection {
  if (!text.startsWith('[MEDCRYPT')) return inspectMessage(text)
  const { refusal, message } = inspectV1(text)
  const staged = refusal === null ? null : { ...refusal, stage: refusal.code.replace('wire/', '') }
  return { refusal: staged, message, part: null }
}

/** The messages among texts that were pasted: parts together, otherwise the first one. */
export const message: Detector = ({ pasted }) => {
  const texts = pasted.filter(({ kind }) => kind === 'message' || kind === 'part' || kind === 'message-v1')
  const [first] = texts
  if (first === undefined) return null
  const parts = texts.filter(({ kind, refusal }) => kind === 'part' && refusal === null)
  if (first.kind === 'part' && parts.length > 1) return joined(parts.map(({ text }) => text))
  return first.refusal === null
    ? inspected(first.text)
    : { kind: kindOf(first.text), facts: {}, refusal: refusalOf('text', first.refusal) }
}

function kindOf(text: string): string {
  if (/^\[MEDCRYPT/i.test(text)) return 'sealed message, version 1'
  return /^\[[^:]*:[^:]*:[^:\]]*:/.test(text)
    ? 'part of a sealed message, version 2'
    : 'sealed message, version 2'
}

function joined(texts: readonly string[]): Finding {
  return explained(
    { kind: 'parts of a sealed message, version 2' },
    ['part', () => texts.map(parsePart)],
    parts => ({
      facts: { set_id: parts[0]?.setId ?? '', parts_here: parts.length, parts: parts[0]?.count ?? 0 },
      stages: [['joining', () => readHeader(joinParts(texts))]],
    }),
  )
}

function inspected(text: string): Finding {
  const { refusal, message: found, part } = inspectAnyMessage(text)
  const kind = kindOf(text)
  if (part !== null) {
    return { kind, facts: { set_id: part.setId, part: part.index, parts: part.count }, refusal }
  }
  return { kind, facts: factsOf(found), refusal, notes: notesOf(found) }
}

function factsOf(found: AnyInspection['message']): Finding['facts'] {
  if (found === null) return {}
  if (found.version === 1) return { patient_id: found.patientId, plaintext_bytes: found.plaintextBytes }
  return { key_id: found.kid, counter: found.counter, padded_bytes: found.paddedBytes }
}

function notesOf(found: AnyInspection['message']): readonly string[] {
  if (found === null) return []
  if (found.version === 1) return ['The patient id is in clear and not authenticated without the key.']
  return [
    'Patient, thread, sender and recipient are bound and not in it; the body is shorter than its padding.',
  ]
}

/** A message of version 2 in bytes: the version, then the suite. */
export const messageBytes: Detector = ({ bytes }) => {
  if (bytes[0] !== 2 || bytes[1] !== 1) return null
  return explained(
    { kind: 'sealed message, version 2, in bytes' },
    ['header', () => readHeader(bytes)],
    ({ kid, counter }) => ({
      facts: { ...factsOf(inspectMessage(formatMessage(bytes)).message), key_id: encodeHex(kid), counter },
    }),
  )
}

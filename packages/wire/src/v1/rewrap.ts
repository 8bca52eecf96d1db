import { encodeUtf8 } from '@chartseal/core/encoding'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import type { Binding } from '../frame.js'
import { type MessageKey, sealMessage } from '../seal.js'
import { open as openV1 } from './seal.js'

/**
 * Seals the text of a version 1 message again in version 2, for the patient that `binding` names.
 * @throws ChartsealError as opening version 1 does, `wire/other-patient` included
 */
export function rewrap(
  oldKey: AeadKey,
  text: string,
  messageKey: MessageKey,
  binding: Binding,
  sentAtMs: number,
  random?: Random,
): Uint8Array {
  const { plaintext } = openV1(oldKey, text, { expectedPatientId: binding.patientId })
  const body = { mediaType: 'text/plain;charset=utf-8', content: encodeUtf8(plaintext), sentAtMs }
  return sealMessage(messageKey, binding, body, random)
}

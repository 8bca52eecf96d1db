import { openEntry } from '@chartseal/audit/v1'
import { decodeBase64 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import type { Detector, Finding, Refusal } from './detector.js'

const sealBytes = 28
/** Far above what an actor, an action and a patient take. */
const maxLength = 2 ** 20

/** One record of the audit log, version 1. Without the key it looks like any other base64. */
export const auditEntry: Detector = ({ text }): Finding | null => {
  if (text === null || text.length > maxLength || !/^[A-Za-z0-9+/]{38,}={0,2}$/.test(text)) return null
  const kind = 'entry of an audit log, version 1, or other base64'
  const refusal = refusalOf(text)
  if (refusal !== null) return { kind, facts: {}, refusal }
  const notes = ['Nothing in it says which log it belongs to, or where it stood.']
  return { kind, facts: { entry_bytes: decodeBase64(text).length - sealBytes }, refusal: null, notes }
}

/** Opening it with no key in particular: whatever is refused before the key is used can be seen without one. */
function refusalOf(text: string): Refusal | null {
  using key = new AeadKey(new Uint8Array(AeadKey.sizeBytes))
  try {
    openEntry(key, text)
    return null
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    return error.code === 'open/failed' ? null : { stage: 'base64', code: error.code, reason: error.message }
  }
}

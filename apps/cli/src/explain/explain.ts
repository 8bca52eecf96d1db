import { type Finding, inputOf } from './detector.js'
import { detectors } from './detectors.js'

/** What these bytes are; `null` when no detector knows them. */
export function explainBytes(bytes: Uint8Array): Finding | null {
  const input = inputOf(bytes)
  for (const detect of detectors) {
    const finding = detect(input)
    if (finding !== null) return finding
  }
  return null
}

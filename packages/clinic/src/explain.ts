/** What a text or a file is, and what it shows without a key. */
import { type Finding, inputOf } from './explain/detector.js'
import { detectors, type ExplainOptions } from './explain/detectors.js'

export type { Finding, Refusal } from './explain/detector.js'
export type { ExplainOptions } from './explain/detectors.js'

/** What these bytes are; `null` when no detector knows them. */
export function explainBytes(bytes: Uint8Array, options: ExplainOptions = {}): Finding | null {
  const input = inputOf(bytes)
  for (const detect of detectors(options)) {
    const finding = detect(input)
    if (finding !== null) return finding
  }
  return null
}

import type { Detector, Finding } from './detector.js'

/** What `key derive` writes: 64 hexadecimal digits. */
export const keyText: Detector = ({ text }): Finding | null => {
  if (text === null || !/^[0-9a-fA-F]{64}$/.test(text)) return null
  const notes = ['Keys are written so, but hashes, too. It is not shown.']
  return {
    kind: '32 bytes in hexadecimal digits, maybe a key',
    secret: true,
    facts: {},
    refusal: null,
    notes,
  }
}

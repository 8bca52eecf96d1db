import type { Detector, Finding } from './detector.js'

const magic = '\x89CSLOG\r\n'
const headBytes = 56
const kindAt = 16
const kindEnd = 32

/** An append-only log; docs/spec/append-log.md has the bytes. `audit list` and `ledger verify` read it. */
export const logFile: Detector = ({ head, bytes }): Finding | null => {
  if (!head.startsWith(magic)) return null
  const kind = 'append-only log'
  const notes = [
    'Its records are checked by the command that reads them, such as `audit list` or `ledger verify`.',
  ]
  if (bytes.length < headBytes) {
    const refusal = { stage: 'head', code: 'files/not-a-log', reason: 'The file ends inside its head.' }
    return { kind, facts: {}, refusal }
  }
  const records = head.slice(kindAt, kindEnd).replace(/\0+$/, '')
  return { kind, facts: { records, size_bytes: bytes.length }, refusal: null, notes }
}

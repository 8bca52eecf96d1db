import { encodeHex } from '@chartseal/core/encoding'
import { join, maxParts, parsePart, readHeader } from '@chartseal/wire'
import { type Detector, explained } from './detector.js'

/** Several parts of one message, one in each line. */
export const messageParts: Detector = ({ text }) => {
  if (text === null || !text.startsWith('[CHARTSEAL:v2:') || !text.includes('\n')) return null
  const lines = text.split(/\r?\n/).filter(line => line !== '')
  // A copy of each part is as much as one can mean.
  if (lines.length < 2 || lines.length > 2 * maxParts) return null
  if (!lines.every(line => line.startsWith('[CHARTSEAL:v2:'))) return null
  const about = { kind: 'parts of a sealed message, version 2' }
  return explained(about, ['part', () => lines.map(parsePart)], parts => ({
    facts: { set_id: parts[0]?.setId ?? '', parts_here: parts.length, parts: parts[0]?.count ?? 0 },
    stages: [['joining', () => encodeHex(readHeader(join(lines)).kid)]],
  }))
}

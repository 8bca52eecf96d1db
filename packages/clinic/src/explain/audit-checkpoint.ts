import { type Note, parseCheckpoint, parseNote } from '@chartseal/tlog'
import { type Detector, explained, type Told } from './detector.js'

const notes = ['Who signed it is a claim until it is verified with a key: chartseal audit verify.']

/** A signed checkpoint of a transparency log, or another signed note. */
export const auditCheckpoint: Detector = ({ text }) => {
  if (text === null || !/\n\n\u2014 /.test(text) || !/^[^\n]+\n\d+\n/.test(text)) return null
  return explained(
    { kind: 'checkpoint of a transparency log', notes },
    ['note', () => parseNote(`${text}\n`)],
    tell,
  )
}

function tell({ text, signatures }: Note): Told {
  const { origin, size, root } = parseCheckpoint(text)
  return { facts: { origin, entries: size, root, signed_by: signatures.map(({ name }) => name).join(', ') } }
}

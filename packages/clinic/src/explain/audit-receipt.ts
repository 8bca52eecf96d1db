import { leafHash, verifyInclusion } from '@chartseal/core/merkle'
import { type LogProof, parseCheckpoint, parseNote, parseProof, tlogError } from '@chartseal/tlog'
import { type Detector, explained, type Told } from './detector.js'

const notes = ['Whether the log signed it takes its key: chartseal audit receipt check.']

/** A C2SP tlog-proof, with or without the entry that it proves. */
export const auditReceipt: Detector = ({ text }) => {
  if (text === null || !text.startsWith('c2sp.org/tlog-proof@v')) return null
  return explained(
    { kind: 'receipt of a transparency log', notes },
    ['fields', () => parseProof(`${text}\n`)],
    tell,
  )
}

function tell({ extra, index, hashes, checkpoint }: LogProof): Told {
  const { origin, size, root } = parseCheckpoint(parseNote(checkpoint).text)
  const facts = { origin, entry: index, entries: size, entry_bytes: extra?.length ?? 0 }
  const proven = (): void => {
    if (extra === undefined) return
    const claim = { leaf: leafHash(extra), index, size, proof: hashes, root }
    if (!verifyInclusion(claim)) throw tlogError('tlog/not-included', {})
  }
  return { facts, stages: [['proof', proven]] }
}

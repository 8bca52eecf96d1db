import {
  type ForkEvidence,
  isFork,
  parseCheckpoint,
  parseForkEvidence,
  parseNote,
  tlogError,
} from '@chartseal/tlog'
import { type Detector, explained, type Told } from './detector.js'

const notes = ['It accuses the log only if its key signed both: that takes the key.']

/** What a witness keeps of a log that signed two histories. */
export const forkEvidence: Detector = ({ text }) => {
  if (text === null || !text.startsWith('chartseal/fork-evidence/')) return null
  const read = (): ForkEvidence => parseForkEvidence(`${text}\n`)
  return explained({ kind: 'evidence of a fork, version 2', notes }, ['fields', read], tell)
}

function tell(evidence: ForkEvidence): Told {
  const [first, second] = [evidence.first, evidence.second].map(note => parseCheckpoint(parseNote(note).text))
  const facts = { origin: first?.origin ?? '', size: first?.size ?? 0, other_size: second?.size ?? 0 }
  const contradict = (): void => {
    if (!isFork(evidence)) throw tlogError('tlog/bad-proof', { reason: 'both can be true of one log' })
  }
  return { facts, stages: [['contradiction', contradict]] }
}

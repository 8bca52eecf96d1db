import { decodeLeaf, type Leaf } from '@chartseal/audit'
import { type Detector, explained, type Told } from './detector.js'

const notes = ['Whose it is, and what it says, takes the key of the patient.']

/** One entry of an audit log of version 2. */
export const auditLeaf: Detector = ({ bytes, cbor }) => {
  if (cbor === null || !cbor.has('seq') || !(cbor.has('tag') || cbor.has('line'))) return null
  return explained(
    { kind: 'entry of an audit log, version 2', notes },
    ['fields', () => decodeLeaf(bytes)],
    tell,
  )
}

function tell(leaf: Leaf): Told {
  const common = { entry: leaf.seq, recorded_at: new Date(leaf.at).toISOString() }
  if (leaf.kind === 'imported') return { facts: { ...common, imported_bytes: leaf.line.length } }
  return { facts: { ...common, request_id: leaf.requestId, sealed_bytes: leaf.body.length } }
}

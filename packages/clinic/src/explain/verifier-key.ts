import { type NoteVerifier, parseCosignatureKey, parseVerifierKey } from '@chartseal/tlog'
import { type Detector, explained, type Told } from './detector.js'

/** The public key of a log or a witness. */
export const verifierKey: Detector = ({ text }) => {
  const type = /^[^\s+]+\+[0-9a-f]{8}\+(A|B)[A-Za-z0-9+/=]+$/.exec(text ?? '')?.[1]
  if (text === null || type === undefined) return null
  const [kind, parse] =
    type === 'A'
      ? ['verifier key of a log', parseVerifierKey]
      : ['verifier key of a witness', parseCosignatureKey]
  return explained({ kind }, ['fields', () => parse(text)], tell)
}

function tell({ name, keyId }: NoteVerifier): Told {
  return { facts: { name, key_id: keyId } }
}

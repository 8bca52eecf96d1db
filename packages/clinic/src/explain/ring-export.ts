import { inspectExport, type PassphraseParameters } from '@chartseal/kdf-keyring'
import { type Detector, explained, type Told } from './detector.js'

/** A ring under a passphrase. */
export const ringExport: Detector = ({ bytes, cbor, head }) => {
  const isMap = cbor?.has('phc') === true && cbor.has('sealed')
  if (!isMap && !/^\xa3av.cphc/s.test(head)) return null
  const notes = ['Whoever guesses the passphrase reads the epoch it was made in and all later ones.']
  const about = { kind: 'sealed export of a ring, version 2', secret: true, notes }
  return explained(about, ['encoding, fields or parameters', () => inspectExport(bytes)], parameters =>
    tell(parameters, bytes.length),
  )
}

function tell(parameters: PassphraseParameters, sizeBytes: number): Told {
  const { algorithm } = parameters
  if (parameters.algorithm === 'pbkdf2-sha256')
    return { facts: { algorithm, iterations: parameters.iterations, size_bytes: sizeBytes } }
  const { memoryKiB, passes, lanes } = parameters
  return { facts: { algorithm, memory_kib: memoryKiB, passes, lanes, size_bytes: sizeBytes } }
}

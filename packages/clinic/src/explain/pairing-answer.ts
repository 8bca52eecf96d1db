import type { Detector, Finding } from './detector.js'

/** The answer to a pairing code. Only who showed the code can check it. */
export const pairingAnswer: Detector = ({ cbor }): Finding | null => {
  if (cbor === null || !['nb', 'ph', 'mac'].every(key => cbor.has(key))) return null
  const [role, name, key] = [cbor.get('r'), cbor.get('n'), cbor.get('sk')]
  const sound = typeof role === 'string' && typeof name === 'string' && key instanceof Uint8Array
  const kind = 'answer to a pairing code, version 2'
  const notes = ['Only who showed the code can check its MAC.']
  if (sound) return { kind, facts: { role, name, signing_key: key }, refusal: null, notes }
  const refusal = {
    stage: 'fields',
    code: 'keyring/pairing-invalid',
    reason: 'A field lacks or has another type.',
  }
  return { kind, facts: {}, refusal }
}

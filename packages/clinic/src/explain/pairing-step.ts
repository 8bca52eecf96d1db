import { parseStep } from '../pairing.js'
import { type Detector, explained } from './detector.js'

const kinds = { answer: 'answer to a pairing code, as text', reveal: 'reveal of a pairing, as text' } as const

/** What two people who pair send each other after the code. */
export const pairingStep: Detector = ({ text }) => {
  const step = (['answer', 'reveal'] as const).find(name => text?.startsWith(`chartseal-${name}:`) === true)
  if (text === null || step === undefined) return null
  const notes = ['Only the two folders that pair can check it.']
  return explained({ kind: kinds[step], notes }, ['base64url', () => parseStep(step, text)], bytes => ({
    facts: { size_bytes: bytes.length },
  }))
}

import { decodePem } from '@chartseal/core/der'
import { type Detector, explained } from './detector.js'

/** A key or another structure in PEM: its kind only. */
export const pem: Detector = ({ text }) => {
  const label = /^-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text ?? '')?.[1]
  if (text === null || label === undefined) return null
  const secret = label.includes('PRIVATE')
  const about = { kind: `PEM, ${label}`, secret }
  return explained(about, ['PEM or base64', () => decodePem(text)], ({ der }) => {
    const facts = { der_bytes: der.length }
    der.fill(0)
    return { facts }
  })
}

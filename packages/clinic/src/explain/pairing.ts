/** What two people who pair show and send each other. */
import { encodeHex } from '@chartseal/core/encoding'
import { formatEpoch, type Payload, parsePairingUri, readPayload } from '@chartseal/kdf-keyring'
import { parseStep } from '../pairing.js'
import type { Found } from '../pasted/found.js'
import { type Detector, explained, type Finding, type Input, refusalOf, type Told } from './detector.js'

const uriNotes = ['Whoever sees it before it is answered can answer it.']
const uriAbout = { kind: 'pairing code, version 2', secret: true, notes: uriNotes }

/** What the QR code of a pairing holds. Its secret is never shown. */
export const pairingUri: Detector = input => {
  const found = firstOf(input, 'pairing-code')
  if (found === null) return null
  return explained(uriAbout, ['payload', () => readPayload(parsePairingUri(found.text))], tellPayload)
}

function tellPayload({ pairingSecret, role, name, verifyingKey, firstEpoch, notAfterMs }: Payload): Told {
  pairingSecret.fill(0)
  const times = { first_epoch: formatEpoch(firstEpoch), not_after: new Date(notAfterMs).toISOString() }
  return { facts: { role, name, signing_key: encodeHex(verifyingKey), ...times } }
}

const stepKinds = {
  answer: 'answer to a pairing code, as text',
  reveal: 'reveal of a pairing, as text',
} as const
const stepNotes = ['Only the two devices that pair can check it.']

/** The lines that answer a code, and that reveal what was answered. */
export const pairingStep: Detector = (input): Finding | null => {
  for (const step of ['answer', 'reveal'] as const) {
    const found = firstOf(input, `pairing-${step}`)
    if (found === null) continue
    const about = { kind: stepKinds[step], notes: stepNotes }
    if (found.refusal !== null) return { ...about, facts: {}, refusal: refusalOf('text', found.refusal) }
    return explained(about, ['base64url', () => parseStep(step, found.text)], bytes => ({
      facts: { size_bytes: bytes.length },
    }))
  }
  return null
}

const firstOf = ({ pasted }: Input, wanted: Found['kind']): Found | null =>
  pasted.find(({ kind }) => kind === wanted) ?? null

/** The answer to a pairing code in bytes. Only who showed the code can check it. */
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
    reason: 'A field is missing or has another type.',
  }
  return { kind, facts: {}, refusal }
}

import { encodeHex } from '@chartseal/core/encoding'
import { formatEpoch, type Payload, parsePairingUri, readPayload } from '@chartseal/kdf-keyring'
import { type Detector, explained, type Told } from './detector.js'

/** What the QR of a pairing holds. Its secret is never shown. */
export const pairingUri: Detector = ({ text }) => {
  if (text === null || !text.startsWith('chartseal-pair:')) return null
  const notes = ['Whoever sees it before it is answered can answer it.']
  const about = { kind: 'pairing code, version 2', secret: true, notes }
  return explained(about, ['payload', () => readPayload(parsePairingUri(text))], tell)
}

function tell({ pairingSecret, role, name, verifyingKey, firstEpoch, notAfterMs }: Payload): Told {
  pairingSecret.fill(0)
  const times = { first_epoch: formatEpoch(firstEpoch), not_after: new Date(notAfterMs).toISOString() }
  return { facts: { role, name, signing_key: encodeHex(verifyingKey), ...times } }
}

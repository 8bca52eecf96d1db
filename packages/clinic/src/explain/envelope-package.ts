import { type EnvelopePackage, parsePackage } from '@chartseal/ipfs-envelope/v1'
import { type Detector, explained, type Told } from './detector.js'

/** A package of the IPFS records design. Nothing in it is authenticated. */
export const envelopePackage: Detector = ({ json, text }) => {
  if (text === null || json === null || !(json.has('enc_keys') || json.has('cid'))) return null
  const notes = ['Nothing of it is authenticated, and everybody can read who has access.']
  return explained({ kind: 'envelope package, version 1', notes }, ['fields', () => parsePackage(text)], tell)
}

const most = 20

function tell({ cid, encKeys }: EnvelopePackage): Told {
  const names = encKeys.slice(0, most).map(({ recipientId }) => recipientId)
  const more = encKeys.length > most ? ', …' : ''
  return { facts: { cid, recipients: encKeys.length, recipient_ids: `${names.join(', ')}${more}` } }
}

/** Files that a device keeps sealed under a passphrase, and books of recovery kits. */
import { encodeHex } from '@chartseal/core/encoding'
import { formatPhc, parsePhc } from '@chartseal/kdf-keyring'
import { rootOfBook } from '../kit-book.js'
import { parseCareTeamFile } from '../team/file.js'
import { type Detector, explained, type Input, type Told } from './detector.js'
import { parametersOf } from './keys.js'

const notes = ['Whoever guesses the passphrase has all that is in it.']

/** The file of a care team. */
export const careTeamFile: Detector = ({ bytes, cbor, head }) => {
  if (cbor?.get('kind') !== 'chartseal-care-team' && !head.includes('schartseal-care-team')) return null
  const about = { kind: 'file of a care team, version 2, sealed', secret: true, notes }
  return explained(about, ['fields or parameters', () => parseCareTeamFile(bytes)], ({ phc, sealed }) =>
    tell(phc, sealed.length),
  )
}

/** A conference, a seat in one, the desk of a prescriber or a counter, or the key of an officer: all are sealed alike. */
export const sealedFile: Detector = ({ cbor, head }) => {
  if (!/^\xa4av.ckey/s.test(head) || cbor === null) return null
  const [phc, body] = [cbor.get('phc'), cbor.get('body')]
  if (typeof phc !== 'string' || !(body instanceof Uint8Array)) return null
  const kind = "conference, seat, desk or officer's key, sealed"
  return explained({ kind, secret: true, notes }, ['parameters', () => formatPhc(parsePhc(phc))], () =>
    tell(phc, body.length),
  )
}

/** The same where nobody wanted a passphrase. */
export const openDesk: Detector = ({ cbor }) => {
  if (cbor === null || !['server', 'key', 'book'].every(key => cbor.has(key))) return null
  const server = cbor.get('server')
  const facts = { server: typeof server === 'string' ? server : '' }
  const kind = 'desk of a prescriber or a counter, in clear'
  return { kind, secret: true, facts, refusal: null, notes: ['Whoever has it signs as that device.'] }
}

function tell(phc: string, sealedBytes: number): Told {
  return { facts: { ...parametersOf(parsePhc(phc)), sealed_bytes: sealedBytes } }
}

/** Several rings under one set of shares. */
export const kitBook: Detector = ({ bytes, cbor }: Input) => {
  if (cbor === null || !(cbor.has('root') && cbor.has('rings'))) return null
  const rings = cbor.get('rings')
  const about = {
    kind: 'book of a recovery kit, version 2',
    notes: ['It shows nothing without enough shares of that root, and may be kept anywhere.'],
  }
  return explained(about, ['fields', () => rootOfBook(bytes)], root => ({
    facts: { root: encodeHex(root), rings: Array.isArray(rings) ? rings.length : 0 },
  }))
}

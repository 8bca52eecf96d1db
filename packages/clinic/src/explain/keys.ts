/** Keys, exports of rings, and packages that keys open. */

import { decodePem } from '@chartseal/core/der'
import { type EnvelopePackage, parsePackage } from '@chartseal/ipfs-envelope/v1'
import { inspectExport, type PassphraseParameters } from '@chartseal/kdf-keyring'
import { type NoteVerifier, parseCosignatureKey, parseVerifierKey } from '@chartseal/tlog'
import { type Detector, explained, type Finding, type Told } from './detector.js'

/** A key or another structure in PEM: its kind only. */
export const pem: Detector = ({ text }) => {
  const label = /^[ \t]*-----BEGIN ([A-Z0-9 ]{1,40})-----/m.exec(text ?? '')?.[1]
  if (text === null || label === undefined) return null
  const secret = label.includes('PRIVATE')
  const about = { kind: `PEM, ${label}`, secret }
  return explained(about, ['PEM or base64', () => decodePem(text)], ({ der }) => {
    const facts = { der_bytes: der.length }
    der.fill(0)
    return { facts }
  })
}

/** What `key derive` writes: 64 hexadecimal digits. */
export const keyText: Detector = ({ text }): Finding | null => {
  if (text === null || !/^[0-9a-fA-F]{64}$/.test(text)) return null
  const notes = ['Keys are written so, but hashes, too. It is not shown.']
  return {
    kind: '32 bytes in hexadecimal digits, maybe a key',
    secret: true,
    unsure: true,
    facts: {},
    refusal: null,
    notes,
  }
}

/** The public key of a log or a witness. */
export const verifierKey: Detector = ({ text }) => {
  const type = /^[^\s+]+\+[0-9a-f]{8}\+(A|B)[A-Za-z0-9+/=]+$/.exec(text ?? '')?.[1]
  if (text === null || type === undefined) return null
  const [kind, parse] =
    type === 'A'
      ? ['verifier key of a log', parseVerifierKey]
      : ['verifier key of a witness', parseCosignatureKey]
  return explained({ kind }, ['fields', () => parse(text)], tellVerifier)
}

function tellVerifier({ name, keyId }: NoteVerifier): Told {
  return { facts: { name, key_id: keyId } }
}

/** A ring under a passphrase. */
export const ringExport: Detector = ({ bytes, cbor, head }) => {
  const isMap = cbor?.has('phc') === true && cbor.has('sealed')
  if (!isMap && !/^\xa3av.cphc/s.test(head)) return null
  const notes = ['Whoever guesses the passphrase reads the epoch it was made in and all later ones.']
  const about = {
    kind: 'sealed export of a ring, or the key file of its folder, version 2',
    secret: true,
    notes,
  }
  return explained(about, ['encoding, fields or parameters', () => inspectExport(bytes)], parameters =>
    tellExport(parameters, bytes.length),
  )
}

function tellExport(parameters: PassphraseParameters, sizeBytes: number): Told {
  return { facts: { ...parametersOf(parameters), size_bytes: sizeBytes } }
}

/** How hard a passphrase is to guess. */
export function parametersOf(parameters: PassphraseParameters): Finding['facts'] {
  const { algorithm } = parameters
  if (parameters.algorithm === 'pbkdf2-sha256') return { algorithm, iterations: parameters.iterations }
  const { memoryKiB, passes, lanes } = parameters
  return { algorithm, memory_kib: memoryKiB, passes, lanes }
}

/** A package of the IPFS records design. Nothing in it is authenticated. */
export const envelopePackage: Detector = ({ json, text }) => {
  if (text === null || json === null || !(json.has('enc_keys') || json.has('cid'))) return null
  const notes = ['Nothing of it is authenticated, and everybody can read who has access.']
  return explained(
    { kind: 'envelope package, version 1', notes },
    ['fields', () => parsePackage(text)],
    tellPackage,
  )
}

const most = 20

function tellPackage({ cid, encKeys }: EnvelopePackage): Told {
  const names = encKeys.slice(0, most).map(({ recipientId }) => recipientId)
  const more = encKeys.length > most ? ', …' : ''
  return { facts: { cid, recipients: encKeys.length, recipient_ids: `${names.join(', ')}${more}` } }
}

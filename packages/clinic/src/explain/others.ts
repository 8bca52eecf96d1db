/** Formats of others that commands write or read: archives of blocks, files of age, keys as JSON, policies of witnesses. */
import { parsePolicy } from '@chartseal/tlog'
import { type Detector, explained, type Finding } from './detector.js'

/** What `blobs export --car` writes: its header is a map of `roots` and `version`. */
export const carFile: Detector = ({ bytes, head }): Finding | null => {
  if (!/^..?\xa2eroots/s.test(head)) return null
  const notes = ['Whether its blocks are whole: chartseal blobs verify --store car:FILE.']
  return { kind: 'CAR, an archive of blocks', facts: { size_bytes: bytes.length }, refusal: null, notes }
}

const ageHead = 'age-encryption.org/v1\n-> '

/** What `envelope age-export` writes. */
export const ageFile: Detector = ({ bytes, head }): Finding | null => {
  if (!head.startsWith(ageHead)) return null
  const notes = [
    'It opens with age or chartseal envelope age-import, and lacks owner, grants and taking back.',
  ]
  return { kind: 'file of age', facts: { size_bytes: bytes.length }, refusal: null, notes }
}

/** A key as RFC 7517 has it. */
export const jsonWebKey: Detector = ({ json }) => {
  if (json === null || !json.has('kty')) return null
  const secret = json.has('d') || json.has('k')
  const about = { kind: secret ? 'private key, as JWK' : 'public key, as JWK', secret }
  return explained(about, ['fields', () => json.text('kty')], kty => ({
    facts: { kty, ...(json.has('crv') ? { crv: json.text('crv') } : {}) },
  }))
}

/** Which witnesses must have signed; C2SP tlog-policy. */
export const witnessPolicy: Detector = ({ text }) => {
  if (text === null || !/^(?:log|witness) \S/m.test(text) || !/^quorum \S/m.test(text)) return null
  const notes = ['Compare the keys with whoever runs the witnesses.']
  return explained(
    { kind: 'policy of witnesses', notes },
    ['lines', () => parsePolicy(`${text}\n`)],
    policy => ({
      facts: { witnesses: policy.witnesses.map(({ name }) => name).join(', ') },
    }),
  )
}

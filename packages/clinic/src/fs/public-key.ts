/** The public key of a member of a ledger who signs elsewhere: PEM or JWK, of Ed25519, P-256 or secp256k1. Node.js. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import { decodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { isMemberKey, type MemberKey, type SigningAlgorithm } from '@chartseal/emr-ledger'
import { memberKeyError } from '../errors.js'

const algorithms: ReadonlyMap<string, SigningAlgorithm> = new Map([
  ['Ed25519', 'Ed25519'],
  ['P-256', 'ES256'],
  ['secp256k1', 'ES256K'],
])

/** @throws ChartsealError `member-key/unreadable` */
export function publicKeyIn(text: string): MemberKey {
  const { crv = '', x = '', y = '' } = keyIn(text).export({ format: 'jwk' })
  const algorithm = algorithms.get(crv)
  if (algorithm === undefined) throw refused('its curve is another')
  const point = concat(Uint8Array.of(0x04), decodeBase64Url(x), decodeBase64Url(y))
  const key = { algorithm, publicKey: algorithm === 'Ed25519' ? decodeBase64Url(x) : point }
  if (!isMemberKey(key)) throw refused('it is no point of its curve')
  return key
}

function keyIn(text: string): KeyObject {
  if (/PRIVATE KEY|"d"\s*:/.test(text)) throw refused('this is a private key, which stays where it is')
  try {
    return /^\s*\{/.test(text)
      ? createPublicKey({ key: jwkIn(text), format: 'jwk' })
      : createPublicKey({ key: text, format: 'pem' })
  } catch (error) {
    if (error instanceof ChartsealError) throw error
    throw refused('it is neither')
  }
}

function jwkIn(text: string): JsonWebKey {
  return JSON.parse(text)
}

const refused = (reason: string): Error => memberKeyError('member-key/unreadable', { reason })

/** The file of a long-term key: JSON with the group's name, and both keys in hex. */
import { fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { type SigningKeyPair, signingKeyPairOf } from '../elgamal.js'
import { sessionError } from '../errors.js'
import { groupOf } from '../groups.js'
import { interimGroup } from './primitives.js'

const format = 'chartseal-conference-key/interim'

/** The text of a key file. It holds the private key in clear: mode 0600, and nowhere else. */
export function formatKeyFile(pair: SigningKeyPair): string {
  const { group: name, y } = pair.publicKey
  const fields = {
    format,
    group: name,
    private_key: encodeHex(pair.privateKey.reveal()),
    public_key: encodeHex(fromBigIntBE(y, groupOf(name).sizeBytes)),
  }
  return `${JSON.stringify(fields, null, 2)}\n`
}

/** @throws ChartsealError `session/bad-key`, `json/invalid`, `session/unknown-group` */
export function parseKeyFile(text: string): SigningKeyPair {
  const fields = JsonObject.parse(text)
  if (fields.text('format') !== format) throw badKey(`the format is not ${format}`)
  const { name, sizeBytes } = groupOf(fields.text('group'))
  if (name !== interimGroup) throw badKey(`its group must be ${interimGroup}`)
  const [privateKey, publicKey] = [fields.hex('private_key'), fields.hex('public_key')]
  if (privateKey.length !== sizeBytes || publicKey.length !== sizeBytes) {
    throw badKey('the length does not fit the group')
  }
  const pair = signingKeyPairOf(name, toBigIntBE(privateKey))
  privateKey.fill(0)
  if (pair.publicKey.y !== toBigIntBE(publicKey)) throw badKey('private and public key differ')
  return pair
}

function badKey(reason: string): Error {
  return sessionError('session/bad-key', { reason })
}

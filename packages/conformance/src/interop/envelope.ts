import type { JsonObject } from '@chartseal/core/json'
import { unixfsAddressing } from '@chartseal/ipfs-envelope/unixfs'
import {
  openEnvelope,
  packageFields,
  packageFrom,
  type Recipient,
  rsaIdentity,
  rsaRecipient,
  sealEnvelope,
} from '@chartseal/ipfs-envelope/v1'
import type { Operation, Operations } from './operation.js'

const addressing = unixfsAddressing()

const encrypt: Operation = async (request, { random }) => {
  const recipients = await Promise.all(request.objects('recipients').map(recipientOf))
  const sealed = await sealEnvelope(request.hex('plaintext'), recipients, addressing, { random })
  const { cid, nonce, enc_keys } = packageFields(sealed.package)
  return { package: { cid, nonce, enc_keys }, ciphertext: sealed.ciphertext }
}

const decrypt: Operation = async request => {
  const envelope = packageFrom(request.object('package'))
  const options = request.has('recipient') ? { recipientId: request.text('recipient') } : {}
  const identity = await rsaIdentity(request.text('private_key_pem'), options)
  return { plaintext: await openEnvelope(envelope, request.hex('ciphertext'), identity, addressing) }
}

function recipientOf(fields: JsonObject): Promise<Recipient> {
  return rsaRecipient(fields.text('id'), fields.text('public_key_pem'))
}

export const envelopeOperations: Operations = { 'envelope-encrypt': encrypt, 'envelope-decrypt': decrypt }

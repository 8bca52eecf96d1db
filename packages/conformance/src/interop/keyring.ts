import { encodeUtf8 } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
import { epochKey, nextLink, parseEpoch } from '@chartseal/kdf-keyring'
import {
  defaultIterations,
  legacyDeriveKey,
  monthKey,
  monthSalt,
  parseMonth,
} from '@chartseal/kdf-keyring/v1'
import type { Operation, Operations } from './operation.js'

/** Any secret and any count from 1: the primitive. */
const deriveKey: Operation = async request => {
  using secret = secretOf(request)
  using key = await legacyDeriveKey(secret, request.hex('salt'), iterationsOf(request))
  return { key: Uint8Array.from(key.reveal()) }
}

const keyring: Operation = async request => {
  using secret = secretOf(request)
  const month = parseMonth(request.text('month'))
  using key = await monthKey(secret, month, { iterations: iterationsOf(request) })
  return { key: Uint8Array.from(key.reveal()), salt: monthSalt(secret, month) }
}

function secretOf(request: JsonObject): SecretBytes {
  return new SecretBytes(encodeUtf8(request.text('shared_secret')))
}

function iterationsOf(request: JsonObject): number {
  return request.has('iterations') ? request.count('iterations') : defaultIterations
}

/** From chain(from_epoch) forwards to chain(epoch), and the key and kid of one sender in it. */
const epochKeyOperation: Operation = request => {
  const [from, epoch] = [parseEpoch(request.count('from_epoch')), parseEpoch(request.count('epoch'))]
  if (from > epoch) throw new RangeError('a chain does not run backwards')
  let chain = new SecretBytes(request.hex('chain'))
  for (let at: number = from; at < epoch; at++) {
    const next = nextLink(chain, at)
    chain.wipe()
    chain = next
  }
  const { key, kid } = epochKey(chain, epoch, request.hex('signing_key'), request.count('device'))
  const answer = { key: Uint8Array.from(key.reveal()), kid, chain: Uint8Array.from(chain.reveal()) }
  key.wipe()
  chain.wipe()
  return answer
}

export const keyringOperations: Operations = {
  'derive-key': deriveKey,
  keyring,
  'v2-epoch-key': epochKeyOperation,
}

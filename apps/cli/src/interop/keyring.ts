import { encodeUtf8 } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { SecretBytes } from '@chartseal/core/keys'
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

export const keyringOperations: Operations = { 'derive-key': deriveKey, keyring }

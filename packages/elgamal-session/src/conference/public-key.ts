/** Static keys of others, before they are pinned. */
import { SecretBytes } from '@chartseal/core/keys'
import { dhFunctionsOf } from '../noise/static-key.js'
import type { ConferenceSuite } from './keys.js'

/** Whoever agrees with a point of small order agrees on zero, whatever the private key is. */
const anyKey = new Uint8Array(32).fill(1)

/** Whether a handshake can be made with this key: of the right length, an element of the group, and not of small order. */
export function isPublicKey(suite: ConferenceSuite, bytes: Uint8Array): boolean {
  const functions = dhFunctionsOf(suite)
  const theirs = functions.remoteKeyOf(bytes)
  // Of ffdhe3072 that says all.
  if (theirs === null || suite === 'ffdhe3072') return theirs !== null
  using privateKey = new SecretBytes(anyKey)
  const pair = functions.keyPairOf(privateKey)
  const shared = pair.agree(theirs)
  pair.wipe()
  shared?.fill(0)
  return shared !== null
}

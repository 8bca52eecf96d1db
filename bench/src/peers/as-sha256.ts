import { digest } from '@chainsafe/as-sha256'
import { isAtMost, type MakeTrial, messageWith } from './nonce-loop.js'

/** It has no midstate to copy, and its four SIMD lanes take messages of 64 bytes only. */
export const asSha256Digest: MakeTrial = (prefix, target) => {
  const message = messageWith(prefix)
  return nonce => {
    message.set(nonce, prefix.length)
    const hash = digest(message)
    return isAtMost(hash, target) ? hash : null
  }
}

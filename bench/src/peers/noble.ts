import { sha256 } from '@noble/hashes/sha2.js'
import { isAtMost, type MakeTrial } from './nonce-loop.js'

export const nobleMidstate: MakeTrial = (prefix, target) => {
  const midstate = sha256.create().update(prefix)
  const trial = sha256.create()
  const hash = new Uint8Array(32)
  return nonce => {
    midstate._cloneInto(trial).update(nonce).digestInto(hash)
    return isAtMost(hash, target) ? hash : null
  }
}

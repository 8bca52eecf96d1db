import { createSHA256 } from 'hash-wasm'
import { isAtMost, type MakeTrial, messageWith } from './nonce-loop.js'

const hasher = await createSHA256()

export const hashWasmMidstate: MakeTrial = (prefix, target) => {
  const midstate = hasher.init().update(prefix).save()
  return nonce => {
    const hash = hasher.load(midstate).update(nonce).digest('binary')
    return isAtMost(hash, target) ? hash : null
  }
}

export const hashWasmOneCall: MakeTrial = (prefix, target) => {
  const message = messageWith(prefix)
  return nonce => {
    message.set(nonce, prefix.length)
    const hash = hasher.init().update(message).digest('binary')
    return isAtMost(hash, target) ? hash : null
  }
}

/** Strings cost node:crypto far less than buffers do, and one character per byte compares like the number. */
import { createHash, hash } from 'node:crypto'
import { isAtMost, type MakeTrial, messageWith } from './nonce-loop.js'

const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('binary')
const asBytes = (text: string): Uint8Array => Buffer.from(text, 'binary')

export const cryptoMidstate: MakeTrial = (prefix, target) => {
  const midstate = createHash('sha256').update(prefix)
  const limit = asText(target)
  return nonce => {
    const text = midstate.copy().update(nonce).digest('binary')
    return text <= limit ? asBytes(text) : null
  }
}

export const cryptoOneCall: MakeTrial = (prefix, target) => {
  const message = messageWith(prefix)
  const limit = asText(target)
  return nonce => {
    message.set(nonce, prefix.length)
    const text = hash('sha256', message, 'binary')
    return text <= limit ? asBytes(text) : null
  }
}

export const cryptoMidstateBuffers: MakeTrial = (prefix, target) => {
  const midstate = createHash('sha256').update(prefix)
  return nonce => {
    const bytes = midstate.copy().update(nonce).digest()
    return isAtMost(bytes, target) ? bytes : null
  }
}

export const cryptoOneCallBuffers: MakeTrial = (prefix, target) => {
  const message = messageWith(prefix)
  return nonce => {
    message.set(nonce, prefix.length)
    const bytes = hash('sha256', message, 'buffer')
    return isAtMost(bytes, target) ? bytes : null
  }
}

/** Signatures as programs write them: r ‖ s or Ed25519's 64 bytes, or ECDSA in DER (RFC 3279 2.2.3). */
import { concat } from '@chartseal/core/bytes'
import { DerReader, derTag } from '@chartseal/core/der'
import { ChartsealError } from '@chartseal/core/errors'
import { cliError } from '../errors.js'

const signatureBytes = 64
const numberBytes = 32

/** 64 bytes. @throws ChartsealError `cli/signature-form` */
export function signatureIn(output: Uint8Array): Uint8Array {
  if (output.length === signatureBytes) return output
  try {
    const whole = new DerReader(output)
    const pair = new DerReader(whole.any().content)
    const numbers = [pair.any(), pair.any()]
    const isPair = whole.remaining === 0 && pair.remaining === 0
    if (!isPair || numbers.some(({ tag }) => tag !== derTag.integer)) throw wrong(output)
    return concat(...numbers.map(({ content }) => padded(content, output)))
  } catch (error) {
    if (error instanceof ChartsealError) throw wrong(output)
    throw error
  }
}

/** Without the zero that keeps it from being negative, and with those that its place needs. */
function padded(content: Uint8Array, output: Uint8Array): Uint8Array {
  const value = content[0] === 0 ? content.subarray(1) : content
  if (value.length > numberBytes) throw wrong(output)
  return concat(new Uint8Array(numberBytes - value.length), value)
}

const wrong = ({ length }: Uint8Array): Error => cliError('cli/signature-form', { bytes: length })

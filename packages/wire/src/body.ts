import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'

export interface Body {
  /** Such as `text/plain;charset=utf-8` or `application/dicom`. */
  readonly mediaType: string
  readonly content: Uint8Array
  /** What the sender's clock said, in milliseconds since 1970. */
  readonly sentAtMs: number
  readonly fileName?: string
}

/** Deterministic CBOR. @throws TypeError for a time that is not an integer */
export function encodeBody({ mediaType, content, sentAtMs, fileName }: Body): Uint8Array {
  const fields = { type: mediaType, content, sent: sentAtMs }
  return encodeCbor(fileName === undefined ? fields : { ...fields, name: fileName })
}

/** @throws ChartsealError `open/failed` for anything but the four fields: only the key's owner can have made it */
export function decodeBody(bytes: Uint8Array): Body {
  const { type, content, sent, name, ...others } = fieldsOf(bytes)
  const named = name === undefined || typeof name === 'string'
  const right = typeof type === 'string' && content instanceof Uint8Array && typeof sent === 'number'
  if (!right || !named || Object.keys(others).length > 0) throw coreError('open/failed', {})
  const body = { mediaType: type, content: Uint8Array.from(content), sentAtMs: sent }
  return name === undefined ? body : { ...body, fileName: name }
}

function fieldsOf(bytes: Uint8Array): Record<string, unknown> {
  try {
    return { ...Object(decodeCbor(bytes)) }
  } catch {
    throw coreError('open/failed', {})
  }
}

import { sealedSizeBytes } from '@chartseal/core/chunked'
import { padme } from '@chartseal/core/padme'
import { encodeFront, type RecordHeader } from './header.js'

export interface PayloadOptions {
  /**
   * Rounds the size of the content up, so that it tells less: Padmé, at most 12 % more. `false` when left out; a function
   * is asked when the content has come to its end.
   */
  readonly padded?: boolean | (() => boolean)
}

/** Zeros behind the content. */
export function paddingBytes(sizeBytes: number, { padded = false }: PayloadOptions): number {
  const isPadded = typeof padded === 'boolean' ? padded : padded()
  return isPadded && sizeBytes > 0 ? padme(sizeBytes) - sizeBytes : 0
}

/** Size of the payload that a record with this header is sealed into. @throws TypeError, RangeError */
export function sealedPayloadBytes(header: RecordHeader, options: PayloadOptions = {}): number {
  const content = header.sizeBytes + paddingBytes(header.sizeBytes, options)
  return sealedSizeBytes(encodeFront(header).length + content)
}

/** Whether so many bytes behind the front are the content, or the content and its padding. */
export function isContentAndPadding(bytes: number, sizeBytes: number): boolean {
  return bytes === sizeBytes || bytes === sizeBytes + paddingBytes(sizeBytes, { padded: true })
}

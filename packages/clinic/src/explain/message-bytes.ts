import { encodeHex } from '@chartseal/core/encoding'
import { format, inspect, readHeader } from '@chartseal/wire'
import { type Detector, explained } from './detector.js'

/** A message of version 2 in bytes: the version, then the suite. */
export const messageBytes: Detector = ({ bytes }) => {
  if (bytes[0] !== 2 || bytes[1] !== 1) return null
  return explained(
    { kind: 'sealed message, version 2, in bytes' },
    ['header', () => readHeader(bytes)],
    header => {
      const { message } = inspect(format(bytes))
      const padded = message?.version === 2 ? { padded_bytes: message.paddedBytes } : {}
      return { facts: { key_id: encodeHex(header.kid), counter: header.counter, ...padded } }
    },
  )
}

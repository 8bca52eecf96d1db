/** What the code of a pairing holds: the offer, which is secret, and the place where the answer goes. */
import { parseCode } from '@chartseal/clinic'
import { consoleError } from '../errors.js'

const scheme = 'chartseal-slot:'
const pattern = /chartseal-slot:([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])/

export interface PairingCode {
  /** `chartseal-pair:…` */
  readonly uri: string
  /** 22 characters of base64url. */
  readonly slot: string
}

/** One text for a QR code, a file or a chat. */
export function formatPairingCode({ uri, slot }: PairingCode): string {
  return `${scheme}${slot} ${uri}`
}

/** From text as it was scanned or pasted. @throws ChartsealError `console/no-slot`, `pasted/…` */
export function readPairingCode(text: string): PairingCode {
  const uri = parseCode(text)
  const slot = pattern.exec(text)?.[1]
  if (slot === undefined) throw consoleError('console/no-slot', {})
  return { uri, slot }
}

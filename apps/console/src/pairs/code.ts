/**
 * What the code of a pairing holds: the offer, which is secret, the slot where the answer goes, and a key for what goes
 * through it, as an answer says the name of a person. The clinic never sees the code. Format: docs/spec/console.md.
 */
import { parseCode } from '@chartseal/clinic'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { consoleError } from '../errors.js'

const scheme = 'chartseal-slot:'
const pattern = /chartseal-slot:([A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/
const slotBytes = 16
const keyBytes = 32

export interface PairingCode {
  /** `chartseal-pair:…` */
  readonly uri: string
  /** Slot and key in base64url, with a dot in between. Secret. */
  readonly slot: string
}

export function newSlot(random: Random): string {
  return `${encodeBase64Url(random.bytes(slotBytes))}.${encodeBase64Url(random.bytes(keyBytes))}`
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

/** The part that names the slot to the clinic. */
export const slotName = (slot: string): string => slot.split('.')[0] ?? ''

/** One step for the other side; it opens at this step alone. */
export function sealStep(slot: string, step: string, bytes: Uint8Array, random: Random): Uint8Array {
  using key = keyOf(slot)
  return sealBytes(key, bytes, contextOf(step), random)
}

/** @throws ChartsealError `open/failed` for what does not come from somebody who saw the code */
export function openStep(slot: string, step: string, bytes: Uint8Array): Uint8Array {
  using key = keyOf(slot)
  return openBytes(key, bytes, contextOf(step))
}

const contextOf = (step: string): Uint8Array => encodeUtf8(`chartseal/slot-step/v2${step}`)

function keyOf(slot: string): AeadKey {
  const bytes = decodeBase64Url(slot.split('.')[1] ?? '')
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

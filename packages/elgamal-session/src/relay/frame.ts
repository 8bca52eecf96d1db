/** What a relay reads of a frame for all. */
import { ChartsealError } from '@chartseal/core/errors'
import {
  decodeHeader,
  flags,
  frameKindOf,
  type Header,
  maxFrameBytesOfMembers,
  opcodes,
} from '../frames/header.js'

/** The number of a frame, whose header was checked. */
export function sequenceOf(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  return view.getUint32(8) * 2 ** 32 + view.getUint32(12)
}

export interface SharedFrame {
  readonly bytes: Uint8Array
  readonly sequence: number
  readonly isUrgent: boolean
}

/** `null` for one that is not of this kind, is longer than members take, or whose number is 0 or above 2^53 - 1. */
export function sharedFrame(bytes: Uint8Array, kind: 'signed' | 'head'): SharedFrame | null {
  const header = headerOf(bytes)
  // A longer one would fit into no answer of a hub.
  if (header === null || bytes.length > maxFrameBytesOfMembers) return null
  const sequence = Number(header.sequence)
  if (frameKindOf(header) !== kind || !Number.isSafeInteger(sequence)) return null
  if (kind === 'signed' && sequence === 0) return null
  return { bytes, sequence, isUrgent: (header.flags & flags.emergency) !== 0 }
}

/** Whether it ends the conference for all; its patients check who signed it. */
export function isEndFrame(bytes: Uint8Array): boolean {
  const header = headerOf(bytes)
  return header?.opcode === opcodes.disconnect && frameKindOf(header) === 'signed'
}

function headerOf(bytes: Uint8Array): Header | null {
  try {
    return decodeHeader(bytes)
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

/** What the two ends of a reliable link say to each other. Byte table: docs/spec/nats-link.md. */
import { concat } from '@chartseal/core/bytes'

/** `gap`: something behind a packet that did not come has come. */
const packetKinds = { data: 1, ack: 2, gap: 3, close: 4 } as const

export interface Packet {
  readonly kind: keyof typeof packetKinds
  /** Of `data`, from 1 on; 0 of all others. */
  readonly sequence: number
  /** All packets of the other side up to this one have come. */
  readonly acked: number
  /** Of `data` alone. */
  readonly body: Uint8Array
}

export const packetHeadBytes = 17

export function encodePacket({ kind, sequence, acked, body }: Packet): Uint8Array {
  const head = new Uint8Array(packetHeadBytes)
  const view = new DataView(head.buffer)
  view.setUint8(0, packetKinds[kind])
  view.setBigUint64(1, BigInt(sequence))
  view.setBigUint64(9, BigInt(acked))
  return concat(head, body)
}

/** `null` for what is none. The body is a view of `bytes`. */
export function decodePacket(bytes: Uint8Array): Packet | null {
  if (bytes.length < packetHeadBytes) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, packetHeadBytes)
  const kind = kindOf(view.getUint8(0))
  const sequence = view.getBigUint64(1)
  const acked = view.getBigUint64(9)
  const body = bytes.subarray(packetHeadBytes)
  const isData = kind === 'data'
  if (kind === null || !isCount(sequence) || !isCount(acked)) return null
  if (isData === (sequence === 0n) || isData === (body.length === 0)) return null
  return { kind, sequence: Number(sequence), acked: Number(acked), body }
}

function kindOf(type: number): Packet['kind'] | null {
  for (const kind of ['data', 'ack', 'gap', 'close'] as const) if (packetKinds[kind] === type) return kind
  return null
}

const isCount = (value: bigint): boolean => value <= BigInt(Number.MAX_SAFE_INTEGER)

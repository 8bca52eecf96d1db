/** What nodes of a ledger tell each other by gossip, one thing a message. Table: docs/spec/ledger-v2.md, "Gossip". */
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'

export type GossipMessage =
  | { readonly kind: 'record'; readonly bytes: Uint8Array }
  /** The id of a block, 32 bytes: the block itself is asked for. */
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  /** A vote, or what says that blocks are final. */
  | { readonly kind: 'evidence'; readonly bytes: Uint8Array }

/** Of what is larger the network drops some in silence: pulling brings it. */
export const maxMessageBytes = 65_536
const idBytes = 32

const kinds = ['record', 'block', 'evidence'] as const

/** `null` for what is too large to be told. */
export function encodeMessage({ kind, bytes }: GossipMessage): Uint8Array | null {
  const message = encodeCbor([kinds.indexOf(kind), bytes])
  return message.length > maxMessageBytes ? null : message
}

/** `null` for what is no message: every node refuses it. */
export function decodeMessage(message: Uint8Array): GossipMessage | null {
  if (message.length > maxMessageBytes) return null
  const value = decoded(message)
  if (!Array.isArray(value) || value.length !== 2) return null
  const [code, bytes] = value
  const kind = kinds.find((_, at) => at === code)
  if (kind === undefined || !(bytes instanceof Uint8Array)) return null
  return kind === 'block' && bytes.length !== idBytes ? null : { kind, bytes }
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return decodeCbor(bytes)
  } catch {
    return null
  }
}

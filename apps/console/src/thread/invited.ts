/** What a thread shows of an invitation: its title, and where it leads. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { cleanFileName } from './file-name.js'

/** A conference or a care team, as an invitation names it. */
export interface Invited {
  /** 16 bytes in base64url. */
  readonly id: string
  readonly name: string
}

const idPattern = /^[A-Za-z0-9_-]{22}$/

/** `null`: it is none. All of it is read, and judged, where it is answered. */
export function readInvited(content: Uint8Array): Invited | null {
  try {
    const json = JsonObject.parse(decodeUtf8(content))
    const invited = { id: json.text('id'), name: cleanFileName(json.text('title')) }
    return idPattern.test(invited.id) ? invited : null
  } catch {
    return null
  }
}

/** Two people may give one name to two things: what came is of its own pair. */
export const peerRefOf = (pairId: string, id: string): string => `${pairId}.${id}`

/** What a connection of a conference is closed with. */
import type { EndReason } from '@chartseal/elgamal-session/relay'
import { closeCodes } from './peer.js'

/** Why all of a conference is closed. */
export type Closing = Extract<EndReason, 'restart' | 'ended' | 'elsewhere'>

const codeOf: Partial<Record<EndReason, number>> = {
  dropped: closeCodes.done,
  ended: closeCodes.done,
  restart: closeCodes.restart,
  malformed: closeCodes.protocol,
  'too-large': closeCodes.tooLarge,
}

/** What a connection that ends for this reason is closed with. */
export function closeCodeOf(reason: string): number {
  const code = Object.entries(codeOf).find(([name]) => name === reason)?.[1]
  return code ?? closeCodes.later
}

export function reasonText(reason: string, retryMs: number): string {
  return JSON.stringify({ reason, retry_ms: retryMs })
}

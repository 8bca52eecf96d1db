/** How long the parts of an invitation and its answer are. */
import type { ConferenceSuite } from '@chartseal/elgamal-session'

export const idBytes = 16
export const pskBytes = 32
export const signingKeyBytes = 32
/** More than any title, and little in a list. */
export const maxTitleBytes = 256

/** Bytes of a public static key. */
export const staticKeyBytes: Readonly<Record<ConferenceSuite, number>> = { '25519': 32, ffdhe3072: 384 }

export function isSuite(text: string): text is ConferenceSuite {
  return text === '25519' || text === 'ffdhe3072'
}

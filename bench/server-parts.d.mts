import type { LedgerIndex, LedgerNode, LedgerPeer } from '@chartseal/emr-ledger'

export interface Ending {
  close(): Promise<void>
}

export function openStoreIndex(folder: string): Promise<Ending & { readonly index: LedgerIndex }>

/** Answers as the routes of a server do, on a port of the loopback. */
export function serveLedger(node: LedgerNode): Promise<Ending & { readonly origin: string }>

/** The timer of a server. @param peerAt who is asked in the place of an origin; `null`: over HTTP */
export function pulling(
  node: LedgerNode,
  origins: readonly string[],
  peerAt: (origin: string) => LedgerPeer | null,
): Promise<Ending>

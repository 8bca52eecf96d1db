import type { LedgerIndex, LedgerNode } from '@chartseal/emr-ledger'

export interface Ending {
  close(): Promise<void>
}

export function openStoreIndex(folder: string): Promise<Ending & { readonly index: LedgerIndex }>

/** Answers as the routes of a server do, on a port of the loopback. */
export function serveLedger(node: LedgerNode): Promise<Ending & { readonly origin: string }>

/** As `fetch`, in this process. */
export type Ask = (url: string, init: { readonly signal: AbortSignal }) => Promise<Response>

/** Answers the same by calls. */
export function calledLedger(node: LedgerNode): Promise<Ending & { readonly ask: Ask }>

/** Gossips over libp2p on the loopback, each with those so many places ahead and behind; `null` without its packages. */
export function gossiping(nodes: readonly LedgerNode[], steps: readonly number[]): Promise<Ending | null>

export interface Pulling {
  /** What reaches all of them. */
  readonly ask: Ask
  onFault(error: unknown): void
}

/** Asks other nodes for news, as a server does, at its pace. */
export function pulling(node: LedgerNode, origins: readonly string[], options: Pulling): Promise<Ending>

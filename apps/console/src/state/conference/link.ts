/** Whether what is said goes out, and what comes is new, as a screen shows it. */
import { consoleError } from '../../errors.js'

export type LinkView =
  /** Before the first word of the other end. */
  | { readonly kind: 'begins' }
  | { readonly kind: 'live' }
  /** Since when; 0 when it never was. The next try; 0 while one is under way. */
  | { readonly kind: 'dead'; readonly sinceMs: number; readonly retryAtMs: number }
  /** The clinic's log is not the one that this device wrote: what is said waits. */
  | { readonly kind: 'refused' }
  /** Another tab has it. */
  | { readonly kind: 'elsewhere' }
  /** The conference ended, and not by a person here. */
  | { readonly kind: 'over' }
  /** It cannot go on here, and why. */
  | { readonly kind: 'failed'; readonly error: unknown }

/** Nothing is taken any more here. */
export const isClosed = ({ kind }: LinkView): boolean => ['failed', 'elsewhere', 'over'].includes(kind)

/** @throws what keeps an order from being carried out */
export function requireOpen(link: LinkView): void {
  if (link.kind === 'failed') throw link.error
  if (link.kind === 'elsewhere') throw consoleError('console/conference-elsewhere', {})
  if (link.kind === 'over') throw consoleError('console/conference-over', {})
}

/** The connection is lost, and is tried again then. */
export function lostLink(before: LinkView, nowMs: number, retryAtMs: number): LinkView {
  const sinceMs = before.kind === 'dead' ? before.sinceMs : before.kind === 'live' ? nowMs : 0
  return { kind: 'dead', sinceMs, retryAtMs }
}

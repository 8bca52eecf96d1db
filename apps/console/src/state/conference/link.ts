/** Whether what is said goes out, and what comes is new, as a screen shows it. */

export type LinkView =
  /** Before the first word of the other end. */
  | { readonly kind: 'begins' }
  | { readonly kind: 'live' }
  /** Since when; 0 when it never was. The next try; 0 while one is under way. */
  | { readonly kind: 'dead'; readonly sinceMs: number; readonly retryAtMs: number }
  /** Another tab has it. */
  | { readonly kind: 'elsewhere' }
  /** It cannot go on here, and why. */
  | { readonly kind: 'failed'; readonly error: unknown }

/** The connection is lost, and is tried again then. */
export function lostLink(before: LinkView, nowMs: number, retryAtMs: number): LinkView {
  const sinceMs = before.kind === 'dead' ? before.sinceMs : before.kind === 'live' ? nowMs : 0
  return { kind: 'dead', sinceMs, retryAtMs }
}

/** What a person is invited with. */

/** The invitation in a link or alone: 43 characters. `null` when there is none. */
export function invitationIn(text: string): string | null {
  const found = /(?:^|#invite=)([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/.exec(text.trim())
  return found?.[1] ?? null
}

/** What each screen says of conferences: plain values, so that the frame needs nothing of what runs them. */

export interface ConferenceNote {
  /** Where it is: `conference/ID` or `seat/REF`. */
  readonly at: string
  /** `hosting`: this tab holds it; `here`: this tab is in it; `apart`: it tries to get there. */
  readonly kind: 'hosting' | 'invited' | 'here' | 'apart'
  /** What is said goes out, or comes, at once. */
  readonly isLive: boolean
  readonly title: string
  /** Who invites; empty for one's own. */
  readonly peer: string
}

export interface EmergencyNote {
  /** Where it is: `seat/REF`. */
  readonly at: string
  readonly text: string
  readonly atMs: number
  readonly peer: string
  /** A person has read it. */
  read(): Promise<void>
}

/** What lists show of care teams: plain values, so that the frame needs nothing of what keeps them. */

export interface TeamNote {
  readonly ref: string
  readonly title: string
  readonly state: 'invited' | 'asked' | 'in' | 'left' | 'removed' | 'ended'
  readonly unread: number
  /** Of what was written last; empty before. */
  readonly text: string
  /** When something was last. */
  readonly atMs: number
}

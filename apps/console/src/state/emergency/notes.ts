/** What each screen says of requests of break-glass: plain values, so that the frame needs nothing of what follows them. */

export interface RequestNote {
  /** Where it is: `emergency/ID`, or `emergency`. */
  readonly at: string
  /** `trouble`: something of the queue cannot be believed, or is gone. `decide`: a custodian is asked. `open`: enough have released. `veto`: an officer can deny it. `opened`: one's record was. `review`: nobody has yet. */
  readonly kind: 'trouble' | 'decide' | 'open' | 'veto' | 'opened' | 'review'
  readonly about: string
  readonly isDrill: boolean
  /** Of a veto: up to when, in milliseconds since 1970. */
  readonly untilMs: number
}

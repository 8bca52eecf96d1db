/** The limits of a relay. */
import type { Rate } from '@chartseal/core/token-bucket'

export interface RelayPolicy {
  /** Bytes on their way to one member, the next frame included, above which they are fed from the log. */
  readonly pendingBytes: number
  /** For so long a member who is fed may read nothing. */
  readonly stuckMs: number
  /** At the end of the conference, whoever reads slowly has so long for the rest. */
  readonly finishMs: number
  /** From the connection to a hello, and from there to membership. */
  readonly helloMs: number
  readonly membershipMs: number
  /** How far a hello's time may be from this clock. Wide: its clock may differ from the core's, which judges freshness. */
  readonly maxSkewMs: number
  /** Connections that are no members yet: all, and those of one source. */
  readonly unproven: number
  readonly unprovenOfSource: number
  /** Hellos of one source. */
  readonly hellos: Rate
  /** As how many hellos one counts that failed. */
  readonly failureCost: number
  /**
   * Hellos that are not decided, with people who were told to come again: from here on a cookie is asked for, then work.
   * Nobody is taken where so many are not decided.
   */
  readonly cookieAt: number
  readonly puzzleAt: number
  readonly busyAt: number
  /** Of the puzzle at first; one more each time that the number doubles. */
  readonly puzzleBits: number
  /**
   * Hellos that the core has not answered: so many at most, and no more than it answers in so long. `Infinity`: whatever is
   * behind keeps the line, as a hub does.
   */
  readonly hellosAtCore: number
  readonly helloCoreMs: number
  /** Hellos that wait to be given: so many, of so many bytes, and for about so long. */
  readonly hellosInLine: number
  readonly helloLineBytes: number
  readonly helloLineMs: number
  /** Whoever finds the line full is told to come again in so long at most. */
  readonly busyMs: number
  /** What members send while no core is there: of one, and of all. */
  readonly heldBytes: number
  readonly heldBytesOfAll: number
  /** Bytes on their way to the core above which members are held as if it were not there. */
  readonly corePendingBytes: number
  /** Bytes on their way from the hub to one relay above which its link is cut: its patients come again elsewhere. */
  readonly linkPendingBytes: number
  /** Frames kept in memory for members who are at most so far behind. */
  readonly recentBytes: number
  /** Members written to before others have their turn. */
  readonly slice: number
  /** Bytes of one read of the log, and how many are read at once. */
  readonly feedBytes: number
  readonly feedsAtOnce: number
  /** Who is to come again waits at most so long, and longer by the number of members and of those who wait for a host, at random. */
  readonly retryMs: number
  readonly retryMsPerMember: number
}

export const defaultRelayPolicy: RelayPolicy = {
  pendingBytes: 262_144,
  stuckMs: 15_000,
  finishMs: 30_000,
  helloMs: 10_000,
  membershipMs: 20_000,
  maxSkewMs: 3_600_000,
  unproven: 8_192,
  unprovenOfSource: 2_048,
  hellos: { perSecond: 100, burst: 1_000 },
  failureCost: 10,
  cookieAt: 512,
  puzzleAt: 2_048,
  busyAt: 8_192,
  puzzleBits: 10,
  hellosAtCore: 256,
  helloCoreMs: 1_000,
  hellosInLine: 4_096,
  helloLineBytes: 4_194_304,
  helloLineMs: 2_000,
  busyMs: 45_000,
  heldBytes: 65_536,
  heldBytesOfAll: 4_194_304,
  corePendingBytes: 8_388_608,
  linkPendingBytes: 33_554_432,
  recentBytes: 4_194_304,
  slice: 512,
  feedBytes: 65_536,
  feedsAtOnce: 8,
  retryMs: 2_000,
  retryMsPerMember: 0.5,
}

/** How the servers of one clinic reach the home of a conference, whose frames and host are on another one: the port. */
import type { TakeLink } from '@chartseal/elgamal-session/relay'

/** Takes the link of a relay on another server. */
export type FindHome = (id: string) => Promise<TakeLink | null>

export interface HomeLinks {
  /**
   * This server is the home of conferences: a relay that another server joins to one is given, by a link, to what `find` gives,
   * `null` where there is none. `id` is in base64url.
   */
  serve(find: FindHome): void
  /** Joins the home of a conference. Where nobody serves it the link is lost soon. @param id in base64url */
  reach(id: string, take: TakeLink): void
  /** Whether there is a way to other servers now. */
  isThere(): boolean
  /** Sends what links were given last, as long as that may take, and ends all of them. */
  close(): Promise<void>
}

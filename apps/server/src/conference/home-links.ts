/** How relays on other machines reach the home of a conference, the server with its frames and its host: the port. */
import type { TakeLink } from '@chartseal/elgamal-session/relay'

/** Gives what takes the link of a relay on another server; `elsewhere`: a third server may have it. @param id in base64url */
export type FindHome = (id: string) => Promise<TakeLink | 'nobody' | 'elsewhere'>

export interface HomeLinks {
  /** This server is the home of conferences: a relay that another server joins to one is given, by a link, to what `find` gives. */
  serve(find: FindHome): void
  /** Joins the home of a conference. Where nobody serves it the link is lost soon. @param id in base64url */
  reach(id: string, take: TakeLink): void
  /** Whether there is a way to other servers now. */
  isThere(): boolean
  /** Sends what links were given last, as long as that may take, and ends all of them. */
  close(): Promise<void>
}

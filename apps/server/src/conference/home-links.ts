/** How the servers of one clinic reach the home of a conference, whose frames and host are on another one: the port. */
import type { TakeLink } from '@chartseal/elgamal-session/relay'

export interface HomeLinks {
  /**
   * This server is the home of a conference: each relay that another server joins to it is given by a link.
   * Gives what ends that: nobody new comes, links that are there stay.
   * @param id in base64url
   */
  serve(id: string, take: TakeLink): () => void
  /** Joins the home of a conference. Where nobody serves it the link is lost soon. */
  reach(id: string, take: TakeLink): void
  /** Sends what links were given last, as long as that may take, and ends all of them. */
  close(): Promise<void>
}

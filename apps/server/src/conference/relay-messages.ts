/** What a server and its relay processes say to each other beside the links, over Node's own channel. */
import type { RelayPolicy } from '@chartseal/elgamal-session/relay'
import { z } from 'zod'

/** Of the file descriptor through which links go, behind the one of Node's channel. */
export const pipeNumber = 4

const count = z.int().min(0)

const toServer = z.discriminatedUnion('kind', [
  /** It takes connections, so many at most; `null` where nobody says. */
  z.strictObject({ kind: z.literal('ready'), most: count.nullable() }),
  /** The one that was given last has come. */
  z.strictObject({ kind: z.literal('taken') }),
  /** About once a second: what is there now, and what happened since its start. */
  z.strictObject({
    kind: z.literal('counts'),
    /** Connections that it was given. */
    taken: count,
    /** Of them, those that are open. */
    open: count,
    connections: count,
    members: count,
    behind: count,
    frames: count,
    refused: z.array(z.tuple([z.string(), count])),
  }),
  /** An error without its text. */
  z.strictObject({
    kind: z.literal('fault'),
    fault: z.strictObject({
      kind: z.string(),
      code: z.string(),
      at: z.string(),
      reason: z.string().optional(),
    }),
  }),
])

export type ToServer = z.infer<typeof toServer>
export type Counts = Extract<ToServer, { readonly kind: 'counts' }>

const toProcess = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('begin'), policy: z.record(z.string(), z.unknown()) }),
  /** Beside it comes the socket, unless it is gone. */
  z.strictObject({
    kind: z.literal('join'),
    /** Of the conference, in base64url. */
    id: z.string(),
    source: z.instanceof(Uint8Array),
    headers: z.record(z.string(), z.string()),
    /** What the client sent behind its request. */
    head: z.instanceof(Uint8Array),
  }),
  /** Everybody is told to come again. */
  z.strictObject({ kind: z.literal('end') }),
])

export type ToProcess =
  | { readonly kind: 'begin'; readonly policy: Partial<RelayPolicy> }
  | Extract<z.infer<typeof toProcess>, { readonly kind: 'join' | 'end' }>

/** `null` for what is none. */
export function readToServer(message: unknown): ToServer | null {
  return toServer.safeParse(message).data ?? null
}

/** `null` for what is none. */
export function readToProcess(message: unknown): ToProcess | null {
  return toProcess.safeParse(message).data ?? null
}

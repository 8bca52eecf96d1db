import type { PostgresPoolClient } from 'kysely'

/** The two calls that the store makes; cursors are never asked for. */
export interface PlainClient {
  query(text: string, parameters: readonly unknown[]): Promise<unknown>
  release(destroy?: boolean): void
}

/** Kysely types a client by cursors as well. */
export function asKyselyClient(client: PlainClient): PostgresPoolClient {
  return client as unknown as PostgresPoolClient
}

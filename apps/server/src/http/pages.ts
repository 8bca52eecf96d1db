/** Lists of the interface: so many at most, and so many bytes. */
import { defaultLimit, limits } from './names.js'

export interface ListPage {
  readonly limit: number
  readonly maxBytes: number
}

export function pageOf(limit: number | undefined): ListPage {
  return { limit: limit ?? defaultLimit, maxBytes: limits.listBytes }
}

/**
 * Whether there may be others behind those that were given: as many as were asked for came, or one of the greatest size
 * would not have fitted.
 */
export function mayHaveMore(
  sizes: readonly number[],
  { limit, maxBytes }: ListPage,
  greatest: number,
): boolean {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return sizes.length === limit || total > maxBytes - greatest
}

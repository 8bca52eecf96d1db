/** Rows of this browser: what the page keeps, by name. Each write takes effect whole and is durable when it resolves. */

/** Bytes are sealed unless the row is public; keys are such that never leave the browser's own storage. */
export type RowValue = string | Uint8Array | CryptoKeyPair

/** `null` deletes. */
export type RowChange = readonly [key: string, value: RowValue | null]

export interface Rows {
  get(key: string): Promise<RowValue | null>
  /** In the order of the keys, those from `from` on. */
  range(prefix: string, from?: string): Promise<readonly (readonly [key: string, value: RowValue])[]>
  /** In their order. */
  keys(prefix: string): Promise<readonly string[]>
  /** How many rows begin so. */
  count(prefix: string): Promise<number>
  /** The last in the order of the keys; `null` when there is none. */
  last(prefix: string): Promise<readonly [key: string, value: RowValue] | null>
  /** All of them or none, durably. */
  write(changes: readonly RowChange[]): Promise<void>
}

/** Rows of this process alone, for tests. */
export function memoryRows(): Rows & { readonly map: Map<string, RowValue> } {
  const map = new Map<string, RowValue>()
  const below = (prefix: string): readonly (readonly [string, RowValue])[] =>
    [...map].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    map,
    get: async key => map.get(key) ?? null,
    range: async (prefix, from = '') => below(prefix).filter(([key]) => key >= from),
    keys: async prefix => below(prefix).map(([key]) => key),
    count: async prefix => below(prefix).length,
    last: async prefix => below(prefix).at(-1) ?? null,
    async write(changes) {
      for (const [key, value] of changes) {
        if (value === null) map.delete(key)
        else map.set(key, value)
      }
    },
  }
}

export function textOf(value: RowValue | null): string | null {
  return typeof value === 'string' ? value : null
}

export function bytesOf(value: RowValue | null): Uint8Array | null {
  return value instanceof Uint8Array ? value : null
}

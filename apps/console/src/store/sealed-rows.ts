/**
 * Rows that only an unlocked device reads: AES-256-GCM under a key that never leaves WebCrypto, a fresh nonce of 96 bits
 * for each, and the name of the row authenticated, so that no row stands in another's place.
 */
import { concat, equal, ownBuffer } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import { consoleError } from '../errors.js'
import { refuseNewerRow } from './row-version.js'
import type { RowChange, Rows } from './rows.js'
import { bytesOf } from './rows.js'

const nonceBytes = 12
const label = 'chartseal/console-row/v2'

/** Rows as they were read, by name, with the nonce under which each was sealed. */
export type KnownRows<Row> = Map<string, { readonly nonce: Uint8Array; readonly row: Row }>

export interface SealedRows {
  /** Names of rows that did not open or could not be read when they were met last. */
  readonly damaged: ReadonlySet<string>
  get(key: string): Promise<Uint8Array | null>
  /** Those that open: what one row holds is not lost with another one. */
  range(prefix: string): Promise<readonly (readonly [key: string, bytes: Uint8Array])[]>
  /**
   * As `range`, those from `from` on, as `read` makes of each. What is known is not opened again: a nonce is new with
   * each write, in whichever tab.
   */
  readOnce<Row>(
    prefix: string,
    known: KnownRows<Row>,
    read: (key: string, bytes: Uint8Array) => Row,
    from?: string,
  ): Promise<readonly Row[]>
  keys(prefix: string): Promise<readonly string[]>
  count(prefix: string): Promise<number>
  /** `null` also when it does not open. */
  last(prefix: string): Promise<readonly [key: string, bytes: Uint8Array] | null>
  /** Seals each value; `null` deletes. All of them or none. */
  write(changes: readonly (readonly [key: string, bytes: Uint8Array | null])[]): Promise<void>
}

/** @throws ChartsealError `console/newer-page` from each reading, `console/damaged-row` from `get` */
export function sealedRows(rows: Rows, key: CryptoKey, random: Random): SealedRows {
  const damaged = new Set<string>()
  /** Empty for a row that is damaged, which is noted. */
  const read = async <Row>(
    name: string,
    sealed: Uint8Array,
    as: (bytes: Uint8Array) => Row,
  ): Promise<Row[]> => {
    let opened: Uint8Array | null = null
    try {
      opened = await openRow(key, name, sealed)
      const row = as(opened)
      damaged.delete(name)
      return [row]
    } catch (error) {
      if (!isDamage(error)) throw error
      if (opened !== null) refuseNewerRow(name, opened)
      damaged.add(name)
      return []
    }
  }
  return {
    damaged,
    async get(name) {
      const sealed = bytesOf(await rows.get(name))
      return sealed === null ? null : current(name, await openRow(key, name, sealed))
    },
    count: prefix => rows.count(prefix),
    keys: prefix => rows.keys(prefix),
    async readOnce(prefix, known, parse, from) {
      const all = (await sealedIn(rows, prefix, from)).map(([name, bytes]) => {
        const nonce = bytes.subarray(0, nonceBytes)
        const row = knownRow(known, name, nonce)
        return row === undefined
          ? read(name, bytes, opened => kept(known, name, nonce, parse(name, opened)))
          : [row]
      })
      return (await Promise.all(all)).flat()
    },
    async last(prefix) {
      const [name, value] = (await rows.last(prefix)) ?? ['', null]
      const sealed = bytesOf(value)
      if (sealed === null) return null
      return (await read(name, sealed, bytes => [name, current(name, bytes)] as const))[0] ?? null
    },
    async range(prefix) {
      const all = (await sealedIn(rows, prefix)).map(([name, sealed]) =>
        read(name, sealed, bytes => [name, current(name, bytes)] as const),
      )
      return (await Promise.all(all)).flat()
    },
    async write(changes) {
      const sealed = changes.map(async ([name, bytes]): Promise<RowChange> => {
        return [name, bytes === null ? null : await sealRow(key, name, bytes, random)]
      })
      await rows.write(await Promise.all(sealed))
      for (const [name] of changes) damaged.delete(name)
    },
  }
}

async function sealedIn(
  rows: Rows,
  prefix: string,
  from?: string,
): Promise<readonly (readonly [name: string, sealed: Uint8Array])[]> {
  const found = await rows.range(prefix, from)
  return found.flatMap(([name, value]) => {
    const sealed = bytesOf(value)
    return sealed === null ? [] : [[name, sealed] as const]
  })
}

/** What is not of this row alone, such as a lock, is none. */
function isDamage(error: unknown): boolean {
  return error instanceof ChartsealError && !['console/locked', 'console/newer-page'].includes(error.code)
}

function current(name: string, bytes: Uint8Array): Uint8Array {
  refuseNewerRow(name, bytes)
  return bytes
}

/** As it was read, unless it was written since. */
function knownRow<Row>(known: KnownRows<Row>, name: string, nonce: Uint8Array): Row | undefined {
  const before = known.get(name)
  return before !== undefined && equal(before.nonce, nonce) ? before.row : undefined
}

/** Of two readers at the same time, both give what the first one read: one message is one object. */
function kept<Row>(known: KnownRows<Row>, name: string, nonce: Uint8Array, row: Row): Row {
  const before = knownRow(known, name, nonce)
  if (before === undefined) known.set(name, { nonce: Uint8Array.from(nonce), row })
  return before ?? row
}

async function sealRow(key: CryptoKey, name: string, bytes: Uint8Array, random: Random): Promise<Uint8Array> {
  const iv = ownBuffer(random.bytes(nonceBytes))
  const sealed = await crypto.subtle.encrypt(parameters(iv, name), key, ownBuffer(bytes))
  return concat(iv, new Uint8Array(sealed))
}

async function openRow(key: CryptoKey, name: string, sealed: Uint8Array): Promise<Uint8Array> {
  const iv = ownBuffer(sealed.subarray(0, nonceBytes))
  try {
    const cipher = ownBuffer(sealed.subarray(nonceBytes))
    return new Uint8Array(await crypto.subtle.decrypt(parameters(iv, name), key, cipher))
  } catch {
    throw consoleError('console/damaged-row', { row: name.split('/')[0] ?? '' })
  }
}

function parameters(iv: Uint8Array<ArrayBuffer>, name: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: ownBuffer(encodeUtf8(`${label}\n${name}`)) }
}

/**
 * Rows that only an unlocked device reads: AES-256-GCM under a key that never leaves WebCrypto, a fresh nonce of 96 bits
 * for each, and the name of the row authenticated, so that no row stands in another's place.
 */
import { concat, ownBuffer } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { consoleError } from '../errors.js'
import type { RowChange, Rows } from './rows.js'
import { bytesOf } from './rows.js'

const nonceBytes = 12
const label = 'chartseal/console-row/v2'

export interface SealedRows {
  get(key: string): Promise<Uint8Array | null>
  range(prefix: string): Promise<readonly (readonly [key: string, bytes: Uint8Array])[]>
  count(prefix: string): Promise<number>
  last(prefix: string): Promise<readonly [key: string, bytes: Uint8Array] | null>
  /** Seals each value; `null` deletes. All of them or none. */
  write(changes: readonly (readonly [key: string, bytes: Uint8Array | null])[]): Promise<void>
}

/** @throws ChartsealError `console/damaged-row` from each reading */
export function sealedRows(rows: Rows, key: CryptoKey, random: Random): SealedRows {
  const open = async (name: string, sealed: Uint8Array): Promise<Uint8Array> => openRow(key, name, sealed)
  return {
    async get(name) {
      const sealed = bytesOf(await rows.get(name))
      return sealed === null ? null : open(name, sealed)
    },
    count: prefix => rows.count(prefix),
    async last(prefix) {
      const [name, value] = (await rows.last(prefix)) ?? ['', null]
      const sealed = bytesOf(value)
      return sealed === null ? null : [name, await open(name, sealed)]
    },
    async range(prefix) {
      const found = await rows.range(prefix)
      return Promise.all(
        found.flatMap(([name, value]) => {
          const sealed = bytesOf(value)
          return sealed === null ? [] : [open(name, sealed).then(bytes => [name, bytes] as const)]
        }),
      )
    },
    async write(changes) {
      const sealed = changes.map(async ([name, bytes]): Promise<RowChange> => {
        return [name, bytes === null ? null : await sealRow(key, name, bytes, random)]
      })
      await rows.write(await Promise.all(sealed))
    },
  }
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

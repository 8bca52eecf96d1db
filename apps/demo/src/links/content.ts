/** What a link carries of a bundle: all of it, or what fits. */
import { decodeUtf8, encodeUtf8, withoutBom } from '@chartseal/core/encoding'
import { parseJson } from '@chartseal/core/json'

/** What viewers on phones take. */
const mostBytes = 4_000_000

/**
 * The bundle as JSON in UTF-8 without a byte order mark. Of one that is too large, the entries from the first on that
 * fit, in a collection of their own.
 */
export function linkBundle(bytes: Uint8Array, limitBytes: number = mostBytes): Uint8Array {
  const text = withoutBom(decodeUtf8(bytes))
  const whole = encodeUtf8(text)
  return whole.length <= limitBytes ? whole : excerpt(entriesOf(parseJson(text)), limitBytes)
}

function entriesOf(bundle: unknown): readonly unknown[] {
  const entries: unknown = Reflect.get(Object(bundle), 'entry')
  return Array.isArray(entries) ? entries : []
}

function excerpt(entries: readonly unknown[], limitBytes: number): Uint8Array {
  const texts: string[] = []
  let room = limitBytes - empty.length
  for (const entry of entries) {
    const text = JSON.stringify(entry)
    room -= encodeUtf8(text).length + 1
    if (room < 0) break
    texts.push(text)
  }
  return encodeUtf8(empty.replace('[]', () => `[${texts.join(',')}]`))
}

const empty = '{"resourceType":"Bundle","type":"collection","entry":[]}'

/** The row of the ways, which is public, read strictly. */
import type { JsonValue } from '@chartseal/core/json'
import type { Way } from './ways.js'

/** `null` for anything but a list of ways. */
export function parseWays(value: JsonValue): readonly Way[] | null {
  if (!Array.isArray(value)) return null
  const ways = value.flatMap(one => parseWay(one) ?? [])
  return ways.length === value.length ? ways : null
}

function parseWay(value: JsonValue): Way | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const text = (name: string): string => {
    const found = Object.entries(value).find(([key]) => key === name)?.[1]
    return typeof found === 'string' ? found : ''
  }
  const wrapped = text('wrapped')
  if (text('kind') === 'passphrase') return { kind: 'passphrase', phc: text('phc'), wrapped }
  if (text('kind') !== 'passkey') return null
  return { kind: 'passkey', credential: text('credential'), salt: text('salt'), wrapped }
}

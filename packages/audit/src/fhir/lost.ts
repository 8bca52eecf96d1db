/** What of one resource is not in another. */
import { parseInstant } from '@chartseal/core/instant'

/** Elements that say nothing of the event: identity, narrative, housekeeping, and profiles, which are claims. */
const aside = new Set(['id', 'text', 'meta.profile', 'meta.versionId', 'meta.lastUpdated'])

/** An element that is lost. */
export interface Lost {
  /** Such as `agent[0].name`. */
  readonly path: string
  readonly value: unknown
  /** The item of the outermost list that it stands in. */
  readonly item?: Lost
}

/** Elements whose values `kept` lacks. Order in lists does not matter. */
export function lostElements(original: unknown, kept: unknown, path = ''): readonly Lost[] {
  if (aside.has(path)) return []
  if (Array.isArray(original)) return lostItems(original, Array.isArray(kept) ? kept : [], path)
  // An event of others may claim a profile where ours claims none.
  if (isMap(original) && path === 'meta') return lostFields(original, isMap(kept) ? kept : {}, path)
  if (isMap(original) && isMap(kept)) return lostFields(original, kept, path)
  return isSame(original, kept, path) ? [] : [{ path, value: original }]
}

/** Each item needs one of its own: what two say is not said by one. Those that are the same choose first. */
function lostItems(items: readonly unknown[], others: readonly unknown[], path: string): readonly Lost[] {
  const isSaid = (item: unknown, other: unknown, i: number): boolean =>
    lostElements(item, other, `${path}[${i}]`).length === 0
  const taken = new Set<number>()
  const kept = new Set<number>()
  for (const isBoth of [true, false])
    for (const [i, item] of items.entries()) {
      if (kept.has(i) || taken.size === others.length) continue
      const j = others.findIndex(
        (other, at) => !taken.has(at) && isSaid(item, other, i) && (!isBoth || isSaid(other, item, i)),
      )
      if (j < 0) continue
      taken.add(j)
      kept.add(i)
    }
  return items.flatMap((item, i) => (kept.has(i) ? [] : lostItem(item, others, `${path}[${i}]`)))
}

/** The least that is lost, whichever item of the other list it is compared with. */
function lostItem(item: unknown, others: readonly unknown[], path: string): readonly Lost[] {
  const findings = others
    .map(other => lostElements(item, other, path))
    .filter(lost => lost.length > 0 && !lost.some(one => one.path === path))
  const whole = { path, value: item }
  const [first = [whole], ...more] = findings
  const least = more.reduce((least, lost) => (lost.length < least.length ? lost : least), first)
  return least.map(lost => ({ ...lost, item: whole }))
}

function lostFields(
  original: { readonly [key: string]: unknown },
  kept: { readonly [key: string]: unknown },
  path: string,
): readonly Lost[] {
  return Object.entries(original).flatMap(([key, value]) => {
    const words = key === 'display' && 'code' in original
    return words ? [] : lostElements(value, kept[key], path === '' ? key : `${path}.${key}`)
  })
}

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Times are the same when they name one millisecond, in whichever zone. */
function isSame(original: unknown, kept: unknown, path: string): boolean {
  if (path !== 'recorded' || typeof original !== 'string' || typeof kept !== 'string')
    return original === kept
  return parseInstant(original) === parseInstant(kept) && !/\.\d{3}\d*[1-9]/.test(original)
}

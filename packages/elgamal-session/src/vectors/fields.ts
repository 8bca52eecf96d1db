/** Fields that several vector files of this package share. */
import type { JsonObject } from '@chartseal/core/json'
import type { Random } from '@chartseal/core/ports'
import { type GroupName, groups, type Parameters } from '../groups.js'
import type { Signature } from '../v1/legacy-elgamal.js'

/** Parameters as a vector names them; `name` is `null` for a prime that is not one of ours. */
export interface NamedParameters extends Parameters {
  readonly name: GroupName | null
}

/** `p` is a number or the name of a group; `g` may be left out beside a name. */
export function parametersOf(fields: JsonObject): NamedParameters {
  const named = Object.values(groups).find(group => group.name === fields.raw('p'))
  const p = named === undefined ? fields.integer('p') : named.p
  const g = named !== undefined && !fields.has('g') ? named.g : fields.integer('g')
  const same = Object.values(groups).find(group => group.p === p && group.g === g)
  return { p, g, name: same?.name ?? null }
}

/** A list [r, s]. Negative numbers are kept: a verifier must refuse them, not the reader. */
export function signatureOf(fields: JsonObject, key: string): Signature {
  const [r, s] = fields.list(key).map(value => BigInt(typeof value === 'string' ? value : Number(value)))
  if (r === undefined || s === undefined) throw new Error(`internal: ${key} is not a pair`)
  return { r, s }
}

/** A random source that gives these bytes again and again. */
export function fixedRandom(bytes: Uint8Array): Random {
  return { bytes: () => Uint8Array.from(bytes) }
}

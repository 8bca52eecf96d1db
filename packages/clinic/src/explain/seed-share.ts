import type { JsonObject } from '@chartseal/core/json'
import { type Detector, explained, type Told } from './detector.js'

/** A share of version 1, or a list of them. */
export const seedShare: Detector = ({ json }) => {
  if (json === null || !(json.has('shares') || (json.has('x') && json.has('y')))) return null
  const notes = ['A share of version 1 carries nothing that tells whether it was changed.']
  return explained({ kind: 'share, version 1', secret: true, notes }, ['fields', () => sharesOf(json)], tell)
}

interface Seed {
  readonly json: JsonObject
  readonly indexes: readonly number[]
  readonly sizeBytes: number
}

function sharesOf(json: JsonObject): Seed {
  const all = json.has('shares') ? json.objects('shares') : [json]
  const sizes = all.map(share => share.hex('y').length)
  return { json, indexes: all.map(share => share.count('x')), sizeBytes: sizes[0] ?? 0 }
}

function tell({ json, indexes, sizeBytes }: Seed): Told {
  const threshold = json.has('threshold') ? { threshold: json.count('threshold') } : {}
  return { facts: { indexes: indexes.join(', '), secret_bytes: sizeBytes, ...threshold } }
}

import { labelCode } from '../state/share.js'
import type { Words } from '../text/record-words.js'

const known = ['N', 'R', 'V', 'ETH', 'HIV', 'PSY', 'SDV'] as const

/** A security label in words where the page knows it; as it is written otherwise. */
export function labelText(label: string, words: Words): string {
  const code = labelCode(label)
  const found = known.find(one => one === code)
  return found === undefined ? label : words(`label.${found}`)
}

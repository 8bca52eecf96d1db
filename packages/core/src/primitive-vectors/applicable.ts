import { NotApplicable, type WycheproofCase } from '../vectors.js'

/** @throws NotApplicable for a file of another algorithm */
export function requireAlgorithm({ file }: WycheproofCase, ...names: readonly string[]): void {
  const algorithm = file.raw('algorithm')
  if (!names.some(name => name === algorithm)) throw new NotApplicable('another algorithm')
}

/** @throws NotApplicable for a group with another size or parameter */
export function requireParameter({ group }: WycheproofCase, field: string, value: number | string): void {
  if (group.raw(field) !== value) throw new NotApplicable(`another ${field}`)
}

/** Lists in parts that a statement has enough variables for. */
const together = 400

export function inParts<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / together)
  return Array.from({ length: count }, (_, i) => items.slice(i * together, (i + 1) * together))
}

/** @throws RangeError unless 0 <= from <= to, both safe integers */
export function requireOrder(from: number, to: number): void {
  const inOrder = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to
  if (!inOrder) throw new RangeError('from and to must be safe integers with 0 <= from <= to')
}

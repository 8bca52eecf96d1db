/** A value that the story has by its own making. */
export function present<Value>(value: Value | null | undefined): Value {
  if (value === undefined || value === null) throw new Error('internal: something of the story is missing')
  return value
}

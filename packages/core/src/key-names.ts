/** The key of a `KeyValue`, given back. @throws RangeError unless it is 1 to 64 printable ASCII characters */
export function checkKey(key: string): string {
  if (!/^[!-~]{1,64}$/.test(key)) throw new RangeError('a key must have 1 to 64 printable ASCII characters')
  return key
}

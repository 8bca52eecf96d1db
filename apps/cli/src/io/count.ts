import { InvalidArgumentError } from 'commander'

/** Reads the value of an option as a whole number from 0; commander says which option is wrong. */
export function wholeNumber(text: string): number {
  const value = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

import { InvalidArgumentError } from 'commander'

/** Reads the value of an option as a whole number from 0, of any size. */
export function bigNumber(text: string): bigint {
  if (!/^(0|[1-9][0-9]*)$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return BigInt(text)
}

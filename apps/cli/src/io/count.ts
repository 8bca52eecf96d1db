/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander'

/** Reads the value of an option as a whole number from 0; commander says which option is wrong. */
export function wholeNumber(text: string): number {
  const value = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

/** A reader of a decimal integer in a range, for commander. */
export function parseInteger(least: bigint, most: bigint): (text: string) => bigint {
  return text => {
    const value = /^\d{1,40}$/.test(text) ? BigInt(text) : null
    if (value === null || value < least || value > most) {
      throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`)
    }
    return value
  }
}

/** The same for numbers below 2^53. */
export function parseCount(least: number, most: number): (text: string) => number {
  const parse = parseInteger(BigInt(least), BigInt(most))
  return text => Number(parse(text))
}

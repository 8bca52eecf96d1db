/** Exponentiation in plain BigInt: not constant time. */

const windowBits = 4n
const windowSize = 1 << Number(windowBits)

/** `base^exponent mod modulus` for any modulus >= 1 and exponent >= 0, with a fixed window of 4 bits. */
export function bigIntModPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const powers = firstPowers(base % modulus, modulus)
  let result = 1n % modulus
  for (const digit of exponent.toString(windowSize)) {
    for (let i = 0n; i < windowBits; i++) result = (result * result) % modulus
    result = (result * (powers[Number.parseInt(digit, windowSize)] ?? 1n)) % modulus
  }
  return result
}

function firstPowers(base: bigint, modulus: bigint): readonly bigint[] {
  const powers = [1n % modulus]
  for (let i = 1; i < windowSize; i++) powers.push(((powers[i - 1] ?? 1n) * base) % modulus)
  return powers
}

/**
 * GF(2^8) modulo 0x11B for the indexes of shares, which are public: tables of logarithms to the base 3.
 * The bytes of secrets and shares go through the engine only, which uses no table.
 */

const order = 255
const powers = new Uint8Array(order)
const logarithms = new Uint8Array(256)
for (let exponent = 0, power = 1; exponent < order; exponent++) {
  powers[exponent] = power
  logarithms[power] = exponent
  const doubled = power << 1
  power ^= doubled > 255 ? doubled ^ 0x11b : doubled
}

/** Discrete logarithm of a public `x` from 1 to 255. */
const log = (x: number): number => logarithms[x] ?? 0

/** 3 to the power of any whole number. */
const exp = (exponent: number): number => powers[((exponent % order) + order) % order] ?? 0

/** The factor with which `x · factor = 1`, for a public `x` from 1 to 255. */
export function inverse(x: number): number {
  return exp(-log(x))
}

/**
 * The Lagrange coefficients with which values at the distinct points `xs` give the value at `target`,
 * a point that is not one of them: the product over j other than i of (target - x_j) / (x_i - x_j).
 */
export function lagrange(xs: readonly number[], target: number): readonly number[] {
  const numerator = xs.reduce((sum, x) => sum + log(target ^ x), 0)
  return xs.map(own => {
    const denominator = xs.reduce((sum, x) => (x === own ? sum : sum + log(own ^ x)), 0)
    return exp(numerator - log(target ^ own) - denominator)
  })
}

/**
 * Secret sharing as people write it, with tables that secrets index, in the two forms that were fastest of those
 * tried: one 256-byte row of products for each share, and Horner's rule over whole arrays or byte by byte.
 */
export interface TableShare {
  readonly x: number
  readonly y: Uint8Array
}

/** Coefficients behind each other, lowest first; each as long as the secret, and as an output. */
export type TableSplit = (
  secret: Uint8Array,
  coefficients: Uint8Array,
  outputs: readonly Uint8Array[],
) => readonly TableShare[]

const log = new Uint8Array(256)
const exp = new Uint8Array(510)
for (let i = 0, power = 1; i < 255; i++) {
  exp[i] = power
  exp[i + 255] = power
  log[power] = i
  power ^= (power << 1) ^ (power & 0x80 ? 0x11b : 0)
}

const product = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : (exp[(log[a] ?? 0) + (log[b] ?? 0)] ?? 0)

const rows = Array.from({ length: 256 }, (_, x) => Uint8Array.from({ length: 256 }, (_, y) => product(x, y)))

const shareAt = (x: number, y: Uint8Array): TableShare => ({ x, y })

export const splitByArrays: TableSplit = (secret, coefficients, outputs) =>
  outputs.map((y, index) => {
    const x = index + 1
    const top = coefficients.length - secret.length
    y.set(coefficients.subarray(top))
    for (let start = top - secret.length; start >= 0; start -= secret.length) {
      timesPlus(y, x, coefficients.subarray(start, start + secret.length))
    }
    timesPlus(y, x, secret)
    return shareAt(x, y)
  })

/** y = x · y + term */
function timesPlus(y: Uint8Array, x: number, term: Uint8Array): void {
  const row = rows[x] ?? term
  for (let i = 0; i < y.length; i++) y[i] = (row[y[i] ?? 0] ?? 0) ^ (term[i] ?? 0)
}

export const splitByBytes: TableSplit = (secret, coefficients, outputs) =>
  outputs.map((y, index) => {
    const row = rows[index + 1] ?? secret
    const size = secret.length
    for (let i = 0; i < size; i++) {
      let value = 0
      for (let k = coefficients.length - size + i; k >= 0; k -= size) {
        value = row[value ^ (coefficients[k] ?? 0)] ?? 0
      }
      y[i] = value ^ (secret[i] ?? 0)
    }
    return shareAt(index + 1, y)
  })

/**
 * What has to be added to what, for shares and secrets over GF(2^8) modulo 0x11B. A plan depends on numbers that are
 * public: how many rows there are, the points of the shares, the weights. Both engines carry it out, on every byte of
 * the rows alike.
 *
 * A step is the row that it writes, then the rows whose sum it is, in Horner's rule over powers of x: `double`
 * multiplies what was summed up so far by x. `end` follows each step, and follows the last one twice.
 */

export const double = -1
export const end = -2

/** Rows follow each other, `blockBytes` apart; `parts` name a row by the byte where it begins. */
export interface Plan {
  readonly parts: readonly Int32Array[]
  readonly numRows: number
  /** How much of each row is worked on in one go: a multiple of {@link stripBytes}. */
  readonly blockBytes: number
  /** Where all that is asked for are shares of a secret at 1, 2, 3 …: an engine may have a shorter way to them. */
  readonly ordinary: OrdinarySharing | null
}

export interface OrdinarySharing {
  readonly threshold: number
  readonly count: number
}

/** The room for rows. */
export const rowsBytes = 524_288
/** Rows are worked on in strips of this size. */
const stripBytes = 128
/** More would save no calls worth the name, and leave the cache. */
const maxStrips = 255

/** Groups of powers that share one part of a plan: with 8 rows each, no part has more than 16,384 entries. */
const groupsInPart = 4

export interface Sharing {
  /** How many coefficients there are besides the secret: row k is the coefficient of the k-th power. */
  readonly numCoefficients: number
  /** The points of the shares, 1 to 255; their rows come behind the coefficients. */
  readonly xs: readonly number[]
  /** A share begins as the secret, row 0, or as what is in its row already. */
  readonly from: 'secret' | 'share'
  /** How long each of them is. */
  readonly sizeBytes: number
}

/**
 * The values at `xs` of the polynomials. All powers m · 2^i with one odd m are linear in x^m over GF(2): such a group is
 * computed for x^m = 1, 2, 4 … 128 only, and a share is a sum of these.
 */
export function planSharing(sharing: Sharing): Plan {
  const { numCoefficients, xs, from } = sharing
  const firstShare = 1 + numCoefficients
  const parts: PlanPart[] = []
  for (let first = 1; first <= numCoefficients; first += 2 * groupsInPart) {
    const part = new PlanPart(firstShare + xs.length)
    const past = Math.min(first + 2 * groupsInPart, numCoefficients + 1)
    const groups: Group[] = []
    for (let odd = first; odd < past; odd += 2) groups.push(planGroup(part, odd, sharing))
    for (let i = 0; i < xs.length; i++) {
      const start = first === 1 && from === 'secret' ? 0 : firstShare + i
      part.step(firstShare + i, [start, ...groups.flatMap(group => rowsAt(group, i))])
    }
    parts.push(part)
  }
  return finished(parts, sharing.sizeBytes, ordinaryOf(sharing))
}

function ordinaryOf({ numCoefficients, xs, from }: Sharing): OrdinarySharing | null {
  if (from !== 'secret' || xs.some((x, i) => x !== i + 1)) return null
  return { threshold: numCoefficients + 1, count: xs.length }
}

/** The sum of the rows, each times its weight, in the row behind them. */
export function planCombination(weights: readonly number[], sizeBytes: number): Plan {
  const part = new PlanPart(weights.length)
  part.newRow(weights.map((weight, row) => ({ row, weight })))
  return finished([part], sizeBytes, null)
}

/** The rows with the values of one group at 1, 2, 4 …, and the points x^m of the shares. */
interface Group {
  readonly basis: readonly number[]
  readonly points: readonly number[]
}

function rowsAt({ basis, points }: Group, index: number): readonly number[] {
  const point = points[index] ?? 0
  return basis.filter((_, bit) => (point >> bit) & 1)
}

function planGroup(part: PlanPart, odd: number, { numCoefficients, xs }: Sharing): Group {
  const points = xs.map(x => power(x, odd))
  const used = points.reduce((bits, point) => bits | point, 0)
  const exponents: number[] = []
  for (let exponent = odd; exponent <= numCoefficients; exponent *= 2) exponents.push(exponent)
  const basis: number[] = []
  for (let bit = 0; used >> bit > 0; bit++) {
    const previous = basis[bit - 1]
    if (exponents.length > 1) basis.push(part.newRow(valueAt(1 << bit, exponents)))
    else if (previous === undefined) basis.push(odd)
    else basis.push(part.newRow([{ row: previous, weight: 2 }]))
  }
  return { basis, points }
}

interface Term {
  readonly row: number
  readonly weight: number
}

/** Where x^m is `point`, x to the power of m · 2^i is the i-th square of it. */
function valueAt(point: number, exponents: readonly number[]): readonly Term[] {
  let weight = point
  return exponents.map(row => {
    const term = { row, weight }
    weight = publicProduct(weight, weight)
    return term
  })
}

class PlanPart {
  readonly entries: number[] = []
  numRows: number

  constructor(numRows: number) {
    this.numRows = numRows
  }

  step(row: number, sum: readonly number[]): void {
    this.entries.push(row, ...sum, end)
  }

  /** A further row that becomes the weighted sum. */
  newRow(terms: readonly Term[]): number {
    const sum: number[] = []
    for (let bit = 7; bit >= 0; bit--) {
      if (sum.length > 0) sum.push(double)
      for (const { row, weight } of terms) if ((weight >> bit) & 1) sum.push(row)
    }
    this.step(this.numRows, sum)
    return this.numRows++
  }
}

function finished(parts: readonly PlanPart[], sizeBytes: number, ordinary: OrdinarySharing | null): Plan {
  const numRows = Math.max(...parts.map(part => part.numRows))
  const fitting = Math.floor(rowsBytes / numRows / stripBytes)
  const needed = Math.ceil(sizeBytes / stripBytes)
  const blockBytes = oddOf(Math.min(needed + 1, fitting, maxStrips)) * stripBytes
  const place = (entry: number): number => (entry < 0 ? entry : entry * blockBytes)
  return {
    parts: parts.map(({ entries }) => Int32Array.from([...entries, end], place)),
    numRows,
    blockBytes,
    ordinary,
  }
}

/** Rows an even number of strips apart would come to share few places in the cache, the more so with powers of 2. */
const oddOf = (strips: number): number => strips - 1 + (strips % 2)

function power(x: number, exponent: number): number {
  let result = 1
  for (let i = 0; i < exponent; i++) result = publicProduct(result, x)
  return result
}

/** In the field, of public values: it branches on both. */
function publicProduct(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product & 0x80 ? 0x11b : 0)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

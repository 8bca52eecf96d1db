/** What a verifier keeps while it reads: memory that does not grow with what a hostile log claims. */
import type { Range } from '../tiles.js'
import { named, type TreeFinding, verifyError } from '../verify-errors.js'

/** Indices in ascending order, kept as the ranges that they form. */
export class Ranges {
  readonly #ranges: { from: number; to: number }[] = []

  get count(): number {
    return this.#ranges.length
  }

  [Symbol.iterator](): IterableIterator<Range> {
    return this.#ranges.values()
  }

  /** Not below what was added before. */
  add(from: number, to: number = from + 1): void {
    const last = this.#ranges.at(-1)
    if (last?.to === from) last.to = to
    else this.#ranges.push({ from, to })
  }

  /** Whether one of the indices `from` to `to` - 1 is among them. */
  touches(from: number, to: number): boolean {
    const range = this.#lastBefore(to)
    return range !== undefined && range.to > from
  }

  /** Whether all of the indices `from` to `to` - 1 are. */
  covers(from: number, to: number): boolean {
    const range = this.#lastBefore(to)
    return range !== undefined && range.from <= from && to <= range.to
  }

  /** The range with this index, from there on. */
  rangeAt(index: number): Range | undefined {
    const range = this.#lastBefore(index + 1)
    return range !== undefined && range.to > index ? range : undefined
  }

  /** The last range that begins below `to`. */
  #lastBefore(to: number): Range | undefined {
    let [low, high] = [0, this.#ranges.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ranges[middle]?.from ?? to) < to) low = middle + 1
      else high = middle
    }
    return this.#ranges[low - 1]
  }
}

/** After so many, further findings are not named. */
export const maxFindings = 1000

type Missing = 'verify/tile-missing' | 'verify/bundle-missing'

/** Findings in the order of their leaves; files of one kind that are missing one after the other are one finding. */
export class Findings {
  readonly #found: TreeFinding[] = []
  #missing: { readonly code: Missing; readonly path: string; readonly level: number } & { range: Range } =
    noneMissing
  #droppedAt: number | null = null

  /** @param place of the first leaf that it is about */
  add(finding: TreeFinding, place: number): void {
    this.#flush()
    this.#keep(finding, place)
  }

  /** The file at `path` that stands for these leaves is missing. */
  addMissing(code: Missing, path: string, level: number, range: Range): void {
    const last = this.#missing
    if (last.code === code && last.level === level && last.range.to === range.from) {
      last.range = { from: last.range.from, to: range.to }
      return
    }
    this.#flush()
    this.#missing = { code, path, level, range }
  }

  /** All of them, and at the end where naming ended. */
  list(): readonly TreeFinding[] {
    this.#flush()
    if (this.#droppedAt === null) return this.#found
    return [...this.#found, verifyError('verify/too-many', { place: this.#droppedAt })]
  }

  #flush(): void {
    const { code, path, range } = this.#missing
    this.#missing = noneMissing
    if (range.to > range.from) this.#keep(verifyError(code, { path, ...named(range) }), range.from)
  }

  #keep(finding: TreeFinding, place: number): void {
    if (this.#found.length < maxFindings) this.#found.push(finding)
    else this.#droppedAt ??= place
  }
}

const noneMissing = {
  code: 'verify/tile-missing',
  path: '',
  level: -1,
  range: { from: 0, to: 0 },
} as const

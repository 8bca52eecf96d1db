const everyRecords = 64

/** Where each 64th record begins, so that reading need not start at the beginning. */
export class Marks {
  readonly #positions: number[]

  constructor(firstPosition: number) {
    this.#positions = [firstPosition]
  }

  /** Record `index` begins at `position`; told for each record in order. */
  note(index: number, position: number): void {
    if (index % everyRecords === 0) this.#positions.push(position)
  }

  /** A known place at or before record `index`. */
  before(index: number): { index: number; position: number } {
    const mark = Math.floor(index / everyRecords)
    const position = this.#positions[mark]
    if (position === undefined) throw new Error('internal: a record without a mark')
    return { index: mark * everyRecords, position }
  }
}

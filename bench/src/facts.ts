/** A figure that is no rate. */
export interface Fact {
  readonly id: string
  readonly title: string
  readonly value: number
  readonly unit: string
}

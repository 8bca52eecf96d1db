/** What proof of work has to know of a chain: docs/spec/ledger-v2.md, "Seals". */

/** What retargeting looks at of one block. */
export interface WorkStep {
  readonly timestamp: bigint
  readonly difficulty: bigint
}

export interface PowMemory {
  readonly kind: 'pow'
  readonly height: bigint
  /** Sum of the difficulties up to here. */
  readonly work: bigint
  /** The newest last: as many as the window of the moving average and the median need, fewer where there are none. */
  readonly steps: readonly WorkStep[]
}

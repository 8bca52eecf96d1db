export interface LeafCodec<Request> {
  /** 16 bytes. */
  idOf(request: Request): Uint8Array
  /** The leaf for this place; sealed by the sequencer so that it cannot be moved. */
  encode(request: Request, seq: number, atMs: number): Promise<Uint8Array>
  /** The request id that a stored leaf carries; `null` for a leaf that has none (an imported one). */
  idOfLeaf(leaf: Uint8Array): Uint8Array | null
  /** The time that a stored leaf carries, in milliseconds; `null` for a leaf that has none. Times never go back. */
  atOfLeaf?(leaf: Uint8Array): number | null
  /** Whether a stored leaf at `seq` holds the same content as the request. */
  holds(leaf: Uint8Array, seq: number, request: Request): Promise<boolean>
}

/** Cuts a stream into blocks and keeps several of them in work, while the output stays in order. */

const maxRunBlocks = 32
/** About 2 MiB in work, whatever the length of the stream. */
const maxBlocksInWork = 128

export type Output = TransformStreamDefaultController<Uint8Array>

/** Turns neighbouring blocks, of which the first has the number `first`, into output; does not keep them. */
export type BlockWork = (first: number, blocks: readonly Uint8Array[]) => Promise<Uint8Array>

/** Fills `target`, which has `have` bytes, from `piece`; gives how many bytes were taken. */
export function fill(target: Uint8Array, have: number, piece: Uint8Array): number {
  const taken = Math.min(target.length - have, piece.length)
  target.set(piece.subarray(0, taken), have)
  return taken
}

/** Whole blocks, and what is left behind them. */
function cut(piece: Uint8Array, sizeBytes: number): { blocks: Uint8Array[]; rest: Uint8Array } {
  const blocks = Array.from({ length: Math.floor(piece.length / sizeBytes) }, (_, i) =>
    piece.subarray(i * sizeBytes, (i + 1) * sizeBytes),
  )
  return { blocks, rest: piece.subarray(blocks.length * sizeBytes) }
}

export class BlockPipe {
  readonly #output: Output
  readonly #work: BlockWork
  readonly #block: Uint8Array
  readonly #runs: { readonly blocks: number; readonly done: Promise<void> }[] = []
  #have = 0
  #next = 0
  #inWork = 0
  #tail: Promise<void> = Promise.resolve()

  constructor(blockBytes: number, output: Output, work: BlockWork) {
    this.#block = new Uint8Array(blockBytes)
    this.#output = output
    this.#work = work
  }

  /** Takes a piece of any size, copying what it keeps; resolves when there is room for more. */
  async write(piece: Uint8Array): Promise<void> {
    const taken = this.#have > 0 ? fill(this.#block, this.#have, piece) : 0
    this.#have += taken
    if (this.#have > 0 && this.#have < this.#block.length) return
    const { blocks, rest } = cut(piece.subarray(taken), this.#block.length)
    if (this.#have > 0) blocks.unshift(this.#block)
    for (let i = 0; i < blocks.length; i += maxRunBlocks) await this.#run(blocks.slice(i, i + maxRunBlocks))
    this.#have = fill(this.#block, 0, rest)
  }

  /** Works on the rest, shorter than a block and maybe empty, and waits for all output. */
  async finish(work: BlockWork): Promise<void> {
    await this.#tail
    this.#output.enqueue(await work(this.#next, [this.#block.subarray(0, this.#have)]))
    this.#block.fill(0)
  }

  async #run(blocks: readonly Uint8Array[]): Promise<void> {
    const worked = this.#work(this.#next, blocks)
    this.#next += blocks.length
    this.#inWork += blocks.length
    this.#tail = Promise.all([worked, this.#tail]).then(([output]) => this.#output.enqueue(output))
    this.#tail.catch(error => this.#output.error(error))
    this.#runs.push({ blocks: blocks.length, done: this.#tail })
    while (this.#inWork > maxBlocksInWork) await this.#finishOldest()
  }

  async #finishOldest(): Promise<void> {
    const oldest = this.#runs.shift()
    await oldest?.done
    this.#inWork -= oldest?.blocks ?? 0
  }
}

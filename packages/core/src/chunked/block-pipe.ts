/** Cuts a stream into blocks and keeps several of them in work, while the output stays in order. */

const maxRunBlocks = 32
/** About 2 MiB in work, whatever the length of the stream. */
const maxBlocksInWork = 128

export type Output = TransformStreamDefaultController<Uint8Array>

/** Turns neighbouring blocks, of which the first has the number `first`, into output. */
export type BlockWork = (first: number, blocks: Uint8Array) => Promise<Uint8Array>

/** Fills `target`, which has `have` bytes, from `piece`; gives how many bytes were taken. */
export function fill(target: Uint8Array, have: number, piece: Uint8Array): number {
  const taken = Math.min(target.length - have, piece.length)
  target.set(piece.subarray(0, taken), have)
  return taken
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
    const size = this.#block.length
    for (let at = 0; at < piece.length; ) {
      const whole = Math.min(Math.floor((piece.length - at) / size), maxRunBlocks) * size
      if (this.#have === 0 && whole > 0) {
        await this.#run(piece.subarray(at, at + whole))
        at += whole
      } else {
        at += await this.#collect(piece.subarray(at))
      }
    }
  }

  async #collect(piece: Uint8Array): Promise<number> {
    const taken = fill(this.#block, this.#have, piece)
    this.#have += taken
    if (this.#have < this.#block.length) return taken
    this.#have = 0
    await this.#run(this.#block.slice())
    return taken
  }

  /** Works on the rest, shorter than a block and maybe empty, and waits for all output. */
  async finish(work: BlockWork): Promise<void> {
    await this.#tail
    this.#output.enqueue(await work(this.#next, this.#block.slice(0, this.#have)))
    this.#block.fill(0)
  }

  async #run(blocks: Uint8Array): Promise<void> {
    const count = blocks.length / this.#block.length
    const worked = this.#work(this.#next, blocks)
    this.#next += count
    this.#inWork += count
    this.#tail = Promise.all([worked, this.#tail]).then(([output]) => this.#output.enqueue(output))
    this.#tail.catch(error => this.#output.error(error))
    this.#runs.push({ blocks: count, done: this.#tail })
    while (this.#inWork > maxBlocksInWork) await this.#finishOldest()
  }

  async #finishOldest(): Promise<void> {
    const oldest = this.#runs.shift()
    await oldest?.done
    this.#inWork -= oldest?.blocks ?? 0
  }
}

/** Cuts a stream into runs of blocks and keeps several of them in work, while the output stays in order. */
import type { Run, RunCipher, Soon } from './runs.js'

export type Output = TransformStreamDefaultController<Uint8Array>

/** Fills `target`, which has `have` bytes, from `piece`; gives how many bytes were taken. */
export function fill(target: Uint8Array, have: number, piece: Uint8Array): number {
  const taken = Math.min(target.length - have, piece.length)
  target.set(taken === piece.length ? piece : piece.subarray(0, taken), have)
  return taken
}

/**
 * While nothing is in work, whole blocks go to work at once: nobody waits for what they wrote. While something is,
 * blocks gather up to a full run, and go when it is done at the latest.
 */
export class RunPipe {
  readonly #blockBytes: number
  readonly #output: Output
  readonly #cipher: RunCipher
  readonly #work: (run: Run) => Soon<Uint8Array>
  readonly #free: Uint8Array[] = []
  /** In order; each is done when its output is out. */
  readonly #runs: Promise<void>[] = []
  #memory: Uint8Array
  #have = 0
  #next = 0
  #isWiped = false

  constructor(blockBytes: number, output: Output, cipher: RunCipher, work: (run: Run) => Soon<Uint8Array>) {
    this.#blockBytes = blockBytes
    this.#output = output
    this.#cipher = cipher
    this.#work = work
    this.#memory = cipher.memory(0, blockBytes)
  }

  /** Takes a piece of any size, copying it; resolves when there is room for more. */
  async write(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length && !this.#isWiped; ) {
      const taken = fill(this.#memory, this.#have, piece.subarray(at))
      this.#have += taken
      at += taken
      if (this.#have < this.#memory.length) continue
      while (this.#runs.length >= this.#cipher.atOnce) await this.#runs[0]
      this.#startWhole()
    }
    if (this.#runs.length === 0) this.#startWhole()
  }

  /** Works on the rest, shorter than a block and maybe empty, when all else is out. */
  async finish(): Promise<void> {
    while (this.#runs.length > 0) await this.#runs.at(-1)
    const bytes = this.#memory.subarray(0, this.#have)
    this.#emit(await this.#work({ first: this.#next, bytes, isLast: true }))
  }

  /** Nothing starts from now on. The memory of a run that is in work is wiped when it is done. */
  wipe(): void {
    this.#isWiped = true
    this.#cipher.wipe()
    for (const memory of [this.#memory, ...this.#free]) memory.fill(0)
  }

  /** Takes new memory first: a run may be sealed where it is, over what is behind it. */
  #startWhole(): void {
    const blocks = Math.floor(this.#have / this.#blockBytes)
    if (blocks === 0 || this.#isWiped) return
    const [memory, first, sizeBytes] = [this.#memory, this.#next, blocks * this.#blockBytes]
    this.#next += blocks
    this.#memory = this.#newMemory()
    this.#have = fill(this.#memory, 0, memory.subarray(sizeBytes, this.#have))
    this.#start({ first, bytes: memory.subarray(0, sizeBytes), isLast: false }, memory)
  }

  #newMemory(): Uint8Array {
    const memory = this.#free.pop()
    const sizeBytes = this.#cipher.chunksFrom(this.#next) * this.#blockBytes
    return memory?.length === sizeBytes ? memory : this.#cipher.memory(this.#next, this.#blockBytes)
  }

  #start(run: Run, memory: Uint8Array): void {
    const before = this.#runs.at(-1)
    const result = before === undefined ? this.#workNow(run, memory) : this.#workLater(run)
    if (!(result instanceof Promise)) {
      this.#finish(result, memory)
      return
    }
    const done = this.#afterAll(result, memory, before)
    done.catch(error => this.#fail(error))
    this.#runs.push(done)
  }

  #workNow(run: Run, memory: Uint8Array): Soon<Uint8Array> {
    try {
      return this.#work(run)
    } catch (error) {
      memory.fill(0)
      throw error
    }
  }

  /** Begins at once; what it throws comes later. */
  async #workLater(run: Run): Promise<Uint8Array> {
    return this.#work(run)
  }

  /** A failure waits for its turn, too: what was whole before it comes out. */
  async #afterAll(result: Promise<Uint8Array>, memory: Uint8Array, before?: Promise<void>): Promise<void> {
    result.catch(() => undefined)
    try {
      await before
      this.#finish(await result, memory)
    } catch (error) {
      void wipeWhenDone(result, memory)
      throw error
    }
    void this.#runs.shift()
    if (this.#runs.length === 0) this.#startWhole()
  }

  /** Of a stream that has failed nothing is called any more, not even to wipe. */
  #fail(error: unknown): void {
    this.wipe()
    this.#output.error(error)
  }

  #finish(output: Uint8Array, memory: Uint8Array): void {
    if (this.#isWiped) memory.fill(0)
    else this.#free.push(memory)
    this.#emit(output)
  }

  /** A stream that has failed or was given up takes nothing. */
  #emit(output: Uint8Array): void {
    try {
      this.#output.enqueue(output)
    } catch (error) {
      output.fill(0)
      throw error
    }
  }
}

/** Nobody gets this output any more. */
async function wipeWhenDone(result: Promise<Uint8Array>, memory: Uint8Array): Promise<void> {
  const output = await result.catch(() => null)
  output?.fill(0)
  memory.fill(0)
}

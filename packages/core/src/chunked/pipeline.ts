/** A stream of stages that wipes what a stage holds, however the stream ends. */
import type { Output } from './run-pipe.js'

/** Bytes in pieces of any size; the pieces of the output are its own. */
export type ByteTransform = TransformStream<Uint8Array, Uint8Array>

export interface Stage {
  write(piece: Uint8Array): Promise<void>
  finish(): Promise<void>
  /** Maybe several times, and while a piece is being written. */
  wipe(): void
}

export function pipeline(begin: (output: Output) => Stage): ByteTransform {
  let stage: Stage
  const wipeAfterFailure = async (step: Promise<void>): Promise<void> => {
    try {
      await step
    } catch (error) {
      stage.wipe()
      throw error
    }
  }
  const transformer: Transformer<Uint8Array, Uint8Array> & { cancel(): void } = {
    start(output) {
      stage = begin(output)
    },
    transform: piece => wipeAfterFailure(stage.write(piece)),
    async flush() {
      await wipeAfterFailure(stage.finish())
      stage.wipe()
    },
    /** The reader gave up, or the writer. Platforms from before 2024 do not call it. */
    cancel: () => stage.wipe(),
  }
  return new TransformStream(transformer)
}

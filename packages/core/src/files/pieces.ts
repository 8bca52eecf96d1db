/** Content of any size from a file and into one, while somebody works on it in between. */
import type { OpenFile } from './file-system.js'

/** Fewer, larger calls: each goes through a thread of its own. */
const pieceBytes = 1_048_576

/**
 * A file in pieces, the next of which is read while one is in use. **Each is lent**: its memory is written over when the
 * next one is asked for. The file stays the caller's.
 */
export async function* lentPieces(
  file: Pick<OpenFile, 'read'>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let [memory, ahead] = [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)]
  let [position, reading] = [0, begun(file.read(memory, 0))]
  try {
    for (let count = await reading; count > 0; count = await reading) {
      position += count
      reading = begun(file.read(ahead, position))
      yield memory.subarray(0, count)
      ;[memory, ahead] = [ahead, memory]
    }
  } finally {
    // Who stops early closes the file next.
    await reading.catch(() => undefined)
    for (const bytes of [memory, ahead]) bytes.fill(0)
  }
}

/**
 * Writes pieces of any size one behind the other, gathered into large ones; the next pieces are asked for while one is
 * written. `write` takes all bytes of a lent memory; one call at a time.
 */
export async function writeGathered(
  pieces: AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array) => Promise<unknown>,
): Promise<void> {
  let [memory, other] = [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)]
  let [have, writing] = [0, begun<unknown>(Promise.resolve())]
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; ) {
        const part = piece.subarray(at, at + pieceBytes - have)
        memory.set(part, have)
        have += part.length
        at += part.length
        if (have < pieceBytes) continue
        await writing
        writing = begun(write(memory))
        ;[memory, other, have] = [other, memory, 0]
      }
    }
    await writing
    if (have > 0) await write(memory.subarray(0, have))
  } finally {
    await writing.catch(() => undefined)
    for (const bytes of [memory, other]) bytes.fill(0)
  }
}

/** A rejection is seen when its turn comes. */
function begun<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => undefined)
  return work
}

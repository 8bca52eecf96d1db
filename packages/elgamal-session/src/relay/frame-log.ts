/** Where a relay keeps frames for all: the port, and one in memory. */
import { sequenceOf } from './frame.js'

/**
 * Frames by number, without gaps from the first on, whatever number that has. Bytes are copied on the way in and out.
 * Every implementation passes one suite.
 */
export interface FrameLog {
  /** The newest one that is durable; `null` in an empty log. */
  newest(): Uint8Array | null
  /**
   * Resolves once the frame is durable, in the order of the calls. It must be the one behind the newest, those that are on
   * their way included. After one that failed the log goes on behind {@link newest}.
   * @throws ChartsealError `conference/log-full`; what the disk refuses
   */
  append(frame: Uint8Array): Promise<void>
  /** Forgets all of them, durably; resolves behind everything that was appended before. The next one may have any number. */
  restart(): Promise<void>
  /** Those behind `after`, in order: as many as fit into `maxBytes`, and at least one where there is one. */
  read(after: number, maxBytes: number): Promise<readonly Uint8Array[]>
}

/** A log that is gone with its process. */
export function memoryFrameLog(): FrameLog {
  const frames: Uint8Array[] = []
  return {
    newest: () => copied(frames.at(-1)),
    async append(frame) {
      frames.push(new Uint8Array(frame))
    },
    async restart() {
      frames.length = 0
    },
    async read(after, maxBytes) {
      const [first] = frames
      if (first === undefined) return []
      return upTo(maxBytes, frames.slice(Math.max(0, after + 1 - sequenceOf(first)))).map(
        one => new Uint8Array(one),
      )
    },
  }
}

/** The first of them that fit into `maxBytes`, at least one. */
export function upTo(maxBytes: number, frames: readonly Uint8Array[]): readonly Uint8Array[] {
  let total = 0
  const end = frames.findIndex((frame, i) => {
    total += frame.length
    return i > 0 && total > maxBytes
  })
  return end < 0 ? frames : frames.slice(0, end)
}

function copied(frame: Uint8Array | undefined): Uint8Array | null {
  return frame === undefined ? null : new Uint8Array(frame)
}

/** What all durable peers share: appends that wait go into one durable write. */

export interface DurableAppends {
  append(record: Uint8Array): Promise<unknown>
  /** All records in order. */
  records(): Promise<readonly Uint8Array[]>
  close(): Promise<void>
}

interface Waiting {
  readonly record: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Appends that arrive while `write` runs share the next one. */
export function inBatches(
  write: (records: readonly Uint8Array[]) => Promise<void> | void,
): (record: Uint8Array) => Promise<void> {
  let queue: Waiting[] = []
  let isWriting = false
  const run = async (): Promise<void> => {
    isWriting = true
    await Promise.resolve()
    while (queue.length > 0) {
      const batch = queue
      queue = []
      try {
        await write(batch.map(({ record }) => record))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isWriting = false
  }
  return record =>
    new Promise((resolve, reject) => {
      queue.push({ record, resolve, reject })
      if (!isWriting) void run()
    })
}

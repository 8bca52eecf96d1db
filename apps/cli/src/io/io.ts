/** The world of one command as a value, so that tests run commands in process. */
import type { Readable, Writable } from 'node:stream'
import type { World } from '@chartseal/clinic'

export interface Io extends World {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where relative paths start: the folder the user is in, not the one npm changed to. */
  readonly cwd: string
  readonly isTerminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }
  /** Asks on the terminal without showing the answer; `null` when the user gave up. */
  askSecret(question: string): Promise<string | null>
  /** Calls back on Ctrl-C instead of ending the process, until the function that it gives is called. */
  onInterrupt?(stop: (signal?: 'SIGINT' | 'SIGTERM') => void): () => void
  /** Ends the process at once. */
  exit?(code: number): void
}

const written = new WeakSet<Writable>()

/** Whether anything that was written to this stream was taken. */
export function hasWritten(stream: Writable): boolean {
  return written.has(stream)
}

/** Writes and waits until the stream has taken it, so that a slow reader slows the writer down. */
export function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, error => {
      if (error) return reject(error)
      written.add(stream)
      resolve()
    })
  })
}

export async function writeLine(stream: Writable, line = ''): Promise<void> {
  await write(stream, `${line}\n`)
}

import { createReadStream } from 'node:fs'
import { cliError } from './errors.js'
import { fileProblem, pathOf } from './files.js'
import type { Io } from './io.js'

/** The whole file or stdin, and no more than that of it. @throws ChartsealError `cli/too-large` */
export async function readBounded(io: Io, file: string, limitBytes: number): Promise<Uint8Array> {
  const stream: AsyncIterable<string | Uint8Array> =
    file === '-' ? io.stdin : createReadStream(pathOf(io, file))
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > limitBytes) throw cliError('cli/too-large', { limitBytes })
      chunks.push(bytes)
    }
  } catch (error) {
    throw fileProblem('read', file, error)
  }
  return Uint8Array.from(Buffer.concat(chunks))
}

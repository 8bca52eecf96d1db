/** Content of any size on its way through a cipher, from a file and into one. */
import type { FileHandle } from 'node:fs/promises'
import { lentPieces, nodeFileSystem, writeGathered } from '@chartseal/core/files'
import { fileProblem, fileSize, pathOf, readBounded } from '../files.js'
import type { Io } from '../io.js'
import { startProgress, watchedBy } from '../terminal.js'

/** Of stdin, whose size is not known before it has ended. */
const maxStdinBytes = 64 * 1024 * 1024
const pieceBytes = 1024 * 1024

/** A record to be sealed: its size is part of what is sealed. */
export interface Source {
  readonly sizeBytes: number
  read(): AsyncIterable<Uint8Array>
}

/** @throws UsageError for what is not a file; ChartsealError `cli/too-large` */
export async function openSource(io: Io, file: string): Promise<Source> {
  if (file === '-') {
    const bytes = await readBounded(io, file, maxStdinBytes)
    return { sizeBytes: bytes.length, read: () => pieces(bytes) }
  }
  const sizeBytes = await fileSize(io, file)
  return { sizeBytes, read: () => watched(io, 'Sealing', sizeBytes, fileStream(io, file)) }
}

/** The file in pieces, each lent until the next one is asked for. */
export async function* fileStream(io: Io, file: string): AsyncGenerator<Uint8Array> {
  try {
    const handle = await nodeFileSystem.open(pathOf(io, file), 'read', 0)
    try {
      yield* lentPieces(handle)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw fileProblem('read', file, error)
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

/** The same, with a bar on a terminal. */
export async function* watched(
  io: Io,
  label: string,
  sizeBytes: number,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* watchedBy(startProgress(io, label, sizeBytes), source)
}

/** The same as a stream of the web, whose pieces are its own; what fails, fails it. */
export function streamOf(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(output) {
      const { done, value } = await pieces.next()
      if (done === true) output.close()
      else output.enqueue(value.slice())
    },
    cancel: async () => void (await pieces.return?.()),
  })
}

/** Into an open file, from where it stands. */
export async function pour(source: AsyncIterable<Uint8Array>, into: FileHandle): Promise<void> {
  await writeGathered(source, bytes => into.writeFile(bytes))
}

/** All of it, which is at most `limitBytes`; `null` for more. */
export async function collect(
  source: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const piece of source) {
    size += piece.length
    if (size > limitBytes) return null
    chunks.push(piece)
  }
  return Uint8Array.from(Buffer.concat(chunks))
}

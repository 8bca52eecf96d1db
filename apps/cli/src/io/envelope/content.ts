/** Content of any size on its way through a cipher, from a file and into one. */
import { createReadStream } from 'node:fs'
import { type FileHandle, stat } from 'node:fs/promises'
import type { ByteTransform } from '@chartseal/core/chunked'
import { UsageError } from '../errors.js'
import { fileProblem, pathOf, readBounded } from '../files.js'
import type { Io } from '../io.js'
import { startProgress } from '../terminal.js'

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
  const sizeBytes = await sizeOf(io, file)
  return { sizeBytes, read: () => watched(io, 'Sealing', sizeBytes, streamed(io, file)) }
}

async function sizeOf(io: Io, file: string): Promise<number> {
  try {
    const found = await stat(pathOf(io, file))
    if (found.isFile()) return found.size
  } catch (error) {
    throw fileProblem('read', file, error)
  }
  throw new UsageError(`cannot read ${file}: it is not a file`)
}

async function* streamed(io: Io, file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(pathOf(io, file), { highWaterMark: pieceBytes })
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
  const progress = await startProgress(io, label, sizeBytes)
  let done = 0
  try {
    for await (const piece of source) {
      yield piece
      done += piece.length
      progress.update(done)
    }
  } finally {
    progress.stop()
  }
}

/** What a transform makes of a source; whoever stops early stops the source. */
export async function* through(
  source: AsyncIterable<Uint8Array>,
  { readable, writable }: ByteTransform,
): AsyncGenerator<Uint8Array> {
  const feeding = feed(source, writable)
  // Whatever ends the source ends the other side, too, which reports it first.
  feeding.catch(() => undefined)
  const reader = readable.getReader()
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
    await feeding
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function feed(
  source: AsyncIterable<Uint8Array>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter()
  try {
    for await (const piece of source) await writer.write(piece)
    await writer.close()
  } catch (error) {
    await writer.abort(error).catch(() => undefined)
    throw error
  }
}

export async function pour(source: AsyncIterable<Uint8Array>, into: FileHandle): Promise<void> {
  for await (const piece of source) await into.writeFile(piece)
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

import { stat } from 'node:fs/promises'
import type { BlobStore } from '@chartseal/core/ports'
import { openFolderBlobStore } from '@chartseal/ipfs-envelope/fs'
import { UsageError } from './errors.js'
import { fileProblem, pathOf } from './files.js'
import type { Io } from './io.js'
import { startCounter, startProgress, watchedBy } from './terminal.js'

/** The block store in a folder, with a bar while a large file is stored. */
export async function openBlobFolder(
  io: Io,
  folder: string,
  { create }: { readonly create: boolean },
): Promise<BlobStore> {
  const found = await stat(pathOf(io, folder)).catch(() => null)
  if (found === null && !create) throw new UsageError(`there is no block store in ${folder}`)
  if (found !== null && !found.isDirectory()) throw new UsageError(`${folder} is not a folder`)
  try {
    return withProgress(io, await openFolderBlobStore(pathOf(io, folder)))
  } catch (error) {
    throw fileProblem('write', folder, error)
  }
}

const stepBytes = 1_048_576

function withProgress(io: Io, store: BlobStore): BlobStore {
  return {
    ...store,
    get: cid => watched(io, store.get(cid)),
    async put(content) {
      if (!(content instanceof Uint8Array) || content.length <= stepBytes) return store.put(content)
      const progress = await startProgress(io, 'Storing', content.length)
      try {
        return await store.put(inSteps(content, done => progress.update(done)))
      } finally {
        progress.stop()
      }
    },
  }
}

/** The same pieces, counted on a terminal. */
export async function* watched(io: Io, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* watchedBy(startCounter(io, 'Bytes read'), pieces)
}

async function* inSteps(content: Uint8Array, told: (done: number) => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += stepBytes) {
    yield content.subarray(at, at + stepBytes)
    told(Math.min(at + stepBytes, content.length))
  }
}

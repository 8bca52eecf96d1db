import { stat } from 'node:fs/promises'
import { openFolderBlobStore } from '@chartseal/ipfs-envelope/fs'
import type { RangedBlobStore } from '@chartseal/ipfs-envelope/unixfs'
import { UsageError } from '../errors.js'
import { fileProblem, pathOf } from '../files.js'
import type { Io } from '../io.js'

/** Nothing is kept of what is read, and every piece of it is authenticated as it comes: any size will do. */
const maxBlobBytes = 2 ** 50

/** The block store in a folder, for payloads of records. @throws UsageError */
export async function openRecordStore(
  io: Io,
  folder: string,
  { create }: { readonly create: boolean },
): Promise<RangedBlobStore> {
  const found = await stat(pathOf(io, folder)).catch(() => null)
  if (found === null && !create) throw new UsageError(`there is no block store in ${folder}`)
  if (found !== null && !found.isDirectory()) throw new UsageError(`${folder} is not a folder`)
  try {
    const options = { profile: 'chartseal-v2', maxBlobBytes, random: io.random } as const
    return await openFolderBlobStore(pathOf(io, folder), options)
  } catch (error) {
    throw fileProblem('write', folder, error)
  }
}

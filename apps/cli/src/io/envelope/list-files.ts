import { open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { equal } from '@chartseal/core/bytes'
import { type GrantList, type GrantLists, grantListCid, requireSuccessor } from '@chartseal/ipfs-envelope'
import { fileProblem, pathOf } from '../files.js'
import type { Io } from '../io.js'
import { writeBytes } from '../output.js'
import { readList } from './lists.js'

export interface ListFilesOptions {
  /** The list that a command was given. */
  readonly from: GrantList
  readonly out: string
  readonly force: boolean
}

/**
 * The lists of one package as two files: the one that a command was given, and the one that it writes. A command that
 * was killed may be run again with `--force`: the file it had written then is the newest list, and it goes on from there.
 */
export async function listFiles(
  io: Io,
  { from, out, force }: ListFilesOptions,
): Promise<GrantLists & { newest(): GrantList }> {
  let newest = force ? ((await followerIn(io, out, from)) ?? from) : from
  return {
    newest: () => newest,
    latest: async packageId => (equal(packageId, from.packageId) ? Uint8Array.from(newest.bytes) : null),
    async publish(list) {
      if (grantListCid(list.bytes) === grantListCid(newest.bytes) && newest !== from) return
      requireSuccessor(newest, list)
      await writeBytes(io, out, list.bytes, { force: force || newest !== from })
      newest = list
    },
    // What holds older lists is the caller's file, which goes when all else is done.
    forgetBefore: async () => undefined,
  }
}

/** The list in the file, when it directly follows `from`; `null` for anything else. */
async function followerIn(io: Io, out: string, from: GrantList): Promise<GrantList | null> {
  if (out === '-' || !(await isFile(io, out))) return null
  try {
    const list = await readList(io, out)
    requireSuccessor(from, list)
    return list
  } catch {
    return null
  }
}

async function isFile(io: Io, file: string): Promise<boolean> {
  return (await stat(pathOf(io, file)).catch(() => null))?.isFile() ?? false
}

/** Durably. */
export async function removeList(io: Io, file: string): Promise<void> {
  const path = pathOf(io, file)
  try {
    await rm(path)
    await using folder = await open(dirname(path), 'r')
    await folder.sync()
  } catch (error) {
    throw fileProblem('write', file, error)
  }
}

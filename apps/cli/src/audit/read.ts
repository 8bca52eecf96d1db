/** Reads an own log with its keys, after the checkpoint and every leaf were checked. */
import { type ScanResult, scanAll, scanSubject } from '@chartseal/audit'
import { decodeUtf8 } from '@chartseal/core/encoding'
import {
  parseVerifierKey,
  readLeaves,
  type TileSource,
  type VerifiedCheckpoint,
  verifyCheckpoint,
  verifyError,
} from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import type { Io } from '../io/io.js'
import { describePlace, logFolder, openKeys, type PlaceOptions } from './place.js'

/** The signed head of a log. @throws ChartsealError `verify/no-checkpoint`, and what `verifyCheckpoint` refuses */
export async function headOf(
  source: TileSource,
  trust: Parameters<typeof verifyCheckpoint>[1],
): Promise<{ readonly note: string; readonly head: VerifiedCheckpoint }> {
  const bytes = await source.read('checkpoint')
  if (bytes === null) throw verifyError('verify/no-checkpoint', {})
  const note = decodeUtf8(bytes)
  return { note, head: verifyCheckpoint(note, trust) }
}

export interface ReadOptions extends PlaceOptions {
  readonly patient?: string
}

/** Every entry of the published log, or those of one patient. */
export async function* readEntries(
  io: Io,
  folder: string,
  options: ReadOptions,
): AsyncGenerator<ScanResult, void, undefined> {
  const { verifierKey, origin } = await describePlace(io, folder)
  const source = folderSource(logFolder(io, folder))
  const { head } = await headOf(source, { log: parseVerifierKey(verifierKey) })
  const open = await openKeys(io, folder, options)
  try {
    const leaves = readLeaves(source, 0, head.size, head)
    if (options.patient === undefined) {
      const keys = await open.keys.all()
      try {
        yield* scanAll(keys, origin, leaves)
      } finally {
        for (const key of keys) key.wipe()
      }
      return
    }
    using key = await open.keys.keyOf(options.patient)
    for await (const result of scanSubject(key, origin, leaves)) {
      yield 'error' in result ? { kind: 'bad', ...result } : { kind: 'entry', ...result }
    }
  } finally {
    await open.close()
  }
}

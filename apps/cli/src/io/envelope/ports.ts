import { stat } from 'node:fs/promises'
import type { GrantList, PackagePorts } from '@chartseal/ipfs-envelope'
import { UsageError } from '../errors.js'
import { pathOf } from '../files.js'
import type { Io } from '../io.js'
import { writeBytes } from '../output.js'
import { listFiles } from './list-files.js'
import { requireOut } from './lists.js'
import { storeTombstones } from './marks.js'
import { openRecordStore } from './store.js'

export interface PortOptions {
  readonly out?: string
  readonly force?: boolean
  readonly store?: string
}

export type FilePorts = PackagePorts & { readonly lists: { newest(): GrantList } }

/** The ports of a package: a list in a file, the next one for `--out`, and a block store in a folder. */
export async function filePorts(io: Io, from: GrantList, options: PortOptions): Promise<FilePorts> {
  const { store, force = false } = options
  const out = requireOut(options)
  const { clock, random } = io
  return {
    blobs: store === undefined ? noStore : await openRecordStore(io, store, { create: false }),
    lists: await listFiles(io, { from, out, force }),
    tombstones: store === undefined ? noGraves : storeTombstones(io, store),
    clock,
    random,
  }
}

/** The same for a package that is new: there is no list yet. */
export async function newPorts(
  io: Io,
  options: PortOptions & { readonly store: string },
): Promise<PackagePorts> {
  const { store, force = false } = options
  const out = requireOut(options)
  const { clock, random } = io
  return {
    blobs: await openRecordStore(io, store, { create: true }),
    lists: {
      latest: async () => null,
      publish: list => writeBytes(io, out, list.bytes, { force }),
      forgetBefore: async () => undefined,
    },
    tombstones: storeTombstones(io, store),
    clock,
    random,
  }
}

/** For changes of the list alone. */
const unused = async (): Promise<never> => {
  throw new UsageError('give --store FOLDER, where the record is')
}
const noStore: PackagePorts['blobs'] = {
  put: unused,
  has: unused,
  delete: unused,
  async *get() {
    yield await unused()
  },
}
const noGraves: PackagePorts['tombstones'] = { bury: unused }

/**
 * For steps that destroy: a pipe or a device keeps nothing, and the list that was given is needed until all is done.
 * @throws UsageError
 */
export async function requireFileOut(io: Io, given: string, options: PortOptions): Promise<void> {
  const out = requireOut(options)
  const found = out === '-' ? null : await stat(pathOf(io, out)).catch(() => null)
  if (out === '-' || (found !== null && !found.isFile()))
    throw new UsageError('the next list is the only way to the record: --out must be a file')
  const from = given === '-' ? null : await stat(pathOf(io, given)).catch(() => null)
  if (from === null || (from.ino === found?.ino && from.dev === found.dev))
    throw new UsageError(
      'the list that is given must be another file than --out: it is needed until all is done',
    )
}

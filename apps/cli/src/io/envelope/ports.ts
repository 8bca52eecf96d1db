import type { GrantList, PackagePorts } from '@chartseal/ipfs-envelope'
import { UsageError } from '../errors.js'
import type { Io } from '../io.js'
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

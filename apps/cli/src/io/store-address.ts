/** Where blobs are, as a person names it: a folder, `car:FILE`, `rpc:URL` of their own node, `gateway:URL`. */
import { type FileHandle, open } from 'node:fs/promises'
import { importCar, openCar } from '@chartseal/ipfs-envelope/car'
import { openFolderBlobStore, openFolderBlocks } from '@chartseal/ipfs-envelope/fs'
import { gatewayBlobs, gatewayBlocks } from '@chartseal/ipfs-envelope/gateway'
import type { ReplicaStore } from '@chartseal/ipfs-envelope/pins'
import { ipfsNode, nodeBlobStore, nodeBlocks } from '@chartseal/ipfs-envelope/rpc'
import type { BlobReader, UnixfsProfile } from '@chartseal/ipfs-envelope/unixfs'
import type { Command } from 'commander'
import { parseCount } from './command.js'
import { UsageError } from './errors.js'
import { fileProblem, inFile, isFolder, pathOf } from './files.js'
import type { Io } from './io.js'
import { readSecret } from './secrets.js'

export interface StoreOptions {
  readonly authorizationFile?: string
  /** Of one answer, or of a piece of it. */
  readonly timeout: number
}

/** An opened store. */
export interface NamedStore extends ReplicaStore {
  /** As the person named it. */
  readonly name: string
  readonly reader: BlobReader
  /** Stores the blobs of a CAR, and gives its roots; `null` where nobody may write. */
  readonly receive: ((car: AsyncIterable<Uint8Array>) => Promise<readonly string[]>) | null
  /** `null` where nobody may write. Gives the CID. */
  readonly put: ((content: AsyncIterable<Uint8Array>, profile: UnixfsProfile) => Promise<string>) | null
  /** What it holds by itself: the roots of a CAR. */
  readonly roots: readonly string[]
}

export const addressForms = 'a folder, car:FILE, rpc:URL of your own IPFS node, or gateway:URL'

export function withStoreOptions(command: Command): Command {
  return command
    .option(
      '--authorization-file <file>',
      'what your node wants as Authorization, one line, such as Bearer …; else CHARTSEAL_NODE_AUTHORIZATION',
    )
    .option('--timeout <seconds>', 'how long a node or a gateway may be silent', parseCount(1, 3600), 30)
}

// The size of what a person names is theirs to choose.
const limits = { maxBlobBytes: Number.POSITIVE_INFINITY }

/** Opens the store, lets `work` use it, and closes it. `create`: whether a folder may be made. */
export async function withStore<Result>(
  io: Io,
  name: string,
  options: StoreOptions & { readonly create?: boolean },
  work: (store: NamedStore) => Promise<Result>,
): Promise<Result> {
  const [, kind = 'folder', place = name] = /^(car|rpc|gateway|folder):(.+)$/s.exec(name) ?? []
  if (kind === 'car') return withCar(io, name, place, work)
  if (kind === 'rpc') return work(await nodeStore(io, name, place, options))
  if (kind === 'gateway') return work(gatewayStore(name, place, options))
  if (/^https?:/.test(place))
    throw new UsageError(`${place}: say what is there: rpc:${place} or gateway:${place}`)
  return work(await folderStore(io, name, place, options.create ?? false))
}

async function folderStore(io: Io, name: string, folder: string, create: boolean): Promise<NamedStore> {
  const path = pathOf(io, folder)
  if (!create && !(await isFolder(path))) throw new UsageError(`there is no block store in ${folder}`)
  try {
    const [reader, blocks] = [await openFolderBlobStore(path, limits), await openFolderBlocks(path)]
    return {
      name,
      reader,
      blocks,
      roots: [],
      keeps: cid => reader.has(cid),
      receive: async car => (await importCar(car, blocks, { maxBytes: limits.maxBlobBytes })).roots,
      put: async (content, profile) => (await openFolderBlobStore(path, { profile })).put(content),
    }
  } catch (error) {
    throw fileProblem('write', folder, error)
  }
}

async function nodeStore(io: Io, name: string, url: string, options: StoreOptions): Promise<NamedStore> {
  const authorization = await authorizationOf(io, options)
  const node = ipfsNode(url, {
    timeoutMs: options.timeout * 1000,
    ...(authorization === null ? {} : { authorization }),
  })
  return {
    name,
    reader: nodeBlobStore(node, limits),
    blocks: nodeBlocks(node),
    roots: [],
    keeps: cid => node.isPinned(cid),
    receive: car => node.dagImport(car),
    put: (content, profile) => nodeBlobStore(node, { profile }).put(content),
  }
}

async function authorizationOf(io: Io, { authorizationFile }: StoreOptions): Promise<string | null> {
  const variable = 'CHARTSEAL_NODE_AUTHORIZATION'
  if (authorizationFile === undefined && (io.env[variable] ?? '') === '') return null
  return readSecret(io, {
    file: authorizationFile,
    option: '--authorization-file',
    variable,
    question: 'Authorization of the node',
  })
}

function gatewayStore(name: string, url: string, { timeout }: StoreOptions): NamedStore {
  const given = { timeoutMs: timeout * 1000, ...limits }
  const [reader, blocks] = [gatewayBlobs(url, given), gatewayBlocks(url, given)]
  return { name, reader, blocks, roots: [], keeps: cid => reader.has(cid), receive: null, put: null }
}

async function withCar<Result>(
  io: Io,
  name: string,
  file: string,
  work: (store: NamedStore) => Promise<Result>,
): Promise<Result> {
  const handle = await readable(file, () => open(pathOf(io, file)))
  try {
    const car = await readable(file, async () => openCar(await fileSource(handle), limits))
    const { blocks, roots } = car
    return await work({
      name,
      reader: car,
      blocks,
      roots,
      keeps: cid => car.has(cid),
      receive: null,
      put: null,
    })
  } finally {
    await handle.close()
  }
}

async function readable<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await inFile(file, work)
  } catch (error) {
    throw fileProblem('read', file, error)
  }
}

async function fileSource(handle: FileHandle): Promise<Parameters<typeof openCar>[0]> {
  const { size } = await handle.stat()
  return {
    sizeBytes: size,
    async read(from, to) {
      const bytes = new Uint8Array(Math.max(0, Math.min(to, size) - from))
      for (let have = 0; have < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, have, bytes.length - have, from + have)
        if (bytesRead === 0) return bytes.subarray(0, have)
        have += bytesRead
      }
      return bytes
    },
  }
}

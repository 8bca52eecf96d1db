import { type UnixfsProfile, unixfsProfiles } from '@chartseal/ipfs-envelope/unixfs'
import { type Command, Option } from 'commander'
import { watched } from '../../io/blob-folder.js'
import { type CommonOptions, describeCommand, finish, helpNote } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { streamOf } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { type NamedStore, type StoreOptions, withStore, withStoreOptions } from '../../io/store-address.js'

interface ImportOptions extends CommonOptions, StoreOptions {
  readonly store: string
  readonly profile: UnixfsProfile
  readonly car?: boolean
}

const warning = helpNote('A blob is stored as it is: seal it first. Whoever has its CID can ask for it.')

/** `chartseal blobs import`. */
export function importCommand(io: Io): Command {
  const command = describeCommand(
    'import',
    'Store a file that is sealed already, or the blobs of a CAR, and print the CIDs',
    'chartseal blobs import --store blocks scan.sealed',
    'chartseal blobs import --store rpc:http://127.0.0.1:5001 --car scan.car',
  )
  return withStoreOptions(command)
    .requiredOption(
      '--store <address>',
      'where it goes: a folder, which is made when it is missing, or rpc:URL of your own IPFS node',
    )
    .option('--car', 'the input is a CAR: store the blobs in it under their own CIDs')
    .addOption(
      new Option('--profile <name>', 'how the file is cut into blocks, which decides its CID')
        .choices([...unixfsProfiles])
        .default('chartseal-v2'),
    )
    .addHelpText('after', warning)
    .argument('[file]', 'what to store; - is stdin', '-')
    .action(async (file: string, options: ImportOptions) => {
      const cids = await withInput(io, file, input =>
        withStore(io, options.store, { ...options, create: true }, store =>
          stored(store, watched(io, input), options),
        ),
      )
      await finish(io, options, { text: cids.map(cid => `${cid}\n`).join(''), answer: { cids } })
    })
}

/** Opened before anything is made for it, and closed whether it was read or not. */
async function withInput<Result>(
  io: Io,
  file: string,
  work: (input: AsyncIterable<Uint8Array>) => Promise<Result>,
): Promise<Result> {
  const input = await streamOf(io, file)
  try {
    return await work(input)
  } finally {
    if (file !== '-') input.destroy()
  }
}

async function stored(
  store: NamedStore,
  content: AsyncIterable<Uint8Array>,
  { car = false, profile }: ImportOptions,
): Promise<readonly string[]> {
  if (store.put === null || store.receive === null)
    throw new UsageError(`${store.name} is only read; blobs export --car writes a CAR`)
  if (!car) return [await store.put(content, profile)]
  return store.receive(content)
}

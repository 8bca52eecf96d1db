import { writeGathered } from '@chartseal/core/files'
import { exportCar } from '@chartseal/ipfs-envelope/car'
import type { Command } from 'commander'
import { watched } from '../../io/blob-folder.js'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { type Io, write } from '../../io/io.js'
import { stageFile } from '../../io/output.js'
import { addressForms, type StoreOptions, withStore, withStoreOptions } from '../../io/store-address.js'

interface ExportOptions extends CommonOptions, StoreOptions {
  readonly store: string
  readonly out?: string
  readonly force?: boolean
  readonly car?: boolean
}

/** `chartseal blobs export`. */
export function exportCommand(io: Io): Command {
  const command = describeCommand(
    'export',
    'Read a blob, each block checked against its CID, and write it to a file',
    'chartseal blobs export --store blocks bafkreif… -o scan.sealed',
    'chartseal blobs export --store gateway:https://ipfs.example bafybeic… --car -o scan.car',
  )
  return withStoreOptions(command)
    .requiredOption('--store <address>', `where it is: ${addressForms}`)
    .option('--car', 'write a CAR, with the blocks as they are')
    .option('-o, --out <file>', 'write to this file instead of stdout')
    .option('--force', 'let --out replace a file that exists')
    .argument('<cids...>', 'the CID of the blob; of several with --car')
    .action(async (cids: readonly string[], options: ExportOptions) => {
      const { car = false, out } = options
      if (!car && cids.length > 1) throw new UsageError('several blobs need --car: a file holds one')
      if (out === undefined && (options.json === true || io.isTerminal.stdout))
        throw new UsageError('the result is in bytes: give --out FILE')
      await withStore(io, options.store, options, async ({ blocks, reader }) => {
        const [cid = ''] = cids
        const maxBytes = Number.POSITIVE_INFINITY
        const pieces = watched(io, car ? exportCar(blocks, cids, { maxBytes }) : reader.get(cid))
        const sizeBytes = await writePieces(io, options, pieces)
        if (options.json === true)
          await finish(io, { json: true }, { text: '', answer: { cids, size_bytes: sizeBytes } })
      })
    })
}

/** Whole, or not at all where it goes to a file. Gives the size in bytes. */
async function writePieces(
  io: Io,
  { out, force = false }: ExportOptions,
  pieces: AsyncIterable<Uint8Array>,
): Promise<number> {
  let sizeBytes = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      sizeBytes += piece.length
      yield piece
    }
  }
  if (out === undefined || out === '-') for await (const piece of counted()) await write(io.stdout, piece)
  else {
    const staged = await stageFile(io, out, { force }, file =>
      writeGathered(counted(), bytes => file.writeFile(bytes)),
    )
    try {
      await staged.publish()
    } catch (error) {
      await staged.discard()
      throw error
    }
  }
  return sizeBytes
}

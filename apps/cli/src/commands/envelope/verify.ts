import {
  parseVerifyCapability,
  requireSamePayload,
  type VerifyCapability,
  verifyPayload,
} from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import { readList } from '../../io/envelope/lists.js'
import { openRecordStore } from '../../io/envelope/store.js'
import { UsageError } from '../../io/errors.js'
import { inFile, readLine } from '../../io/files.js'
import type { Io } from '../../io/io.js'

interface VerifyOptions extends CommonOptions {
  readonly store: string
  readonly capability?: string
}

/** `chartseal envelope verify`: reads all of it and opens nothing. */
export function verifyCommand(io: Io): Command {
  return describeCommand(
    'verify',
    'Check that a store has all of a record and that nothing of it was changed, without a key',
    'chartseal envelope verify --store blocks --capability scan.verify',
    'chartseal envelope verify --store blocks scan.grants',
  )
    .requiredOption('--store <folder>', 'the block store')
    .option('--capability <file>', 'a text csverify1…; with a list, too, both must be about one record')
    .argument('[list]', 'the grant list')
    .action(async (file: string | undefined, options: VerifyOptions) => {
      const capability = await capabilityOf(io, file, options.capability)
      const store = await openRecordStore(io, options.store, { create: false })
      const { sealedBytes } = await verifyPayload(store, capability)
      const { payloadCid, version } = capability
      const text = `Whole: ${payloadCid}, ${sealedBytes} bytes encrypted. This copy, at this moment.\n`
      await finish(io, options, {
        text,
        answer: { payload_cid: payloadCid, version, sealed_bytes: sealedBytes },
      })
    })
}

async function capabilityOf(
  io: Io,
  file: string | undefined,
  capabilityFile: string | undefined,
): Promise<VerifyCapability> {
  const list = file === undefined ? null : await readList(io, file)
  if (capabilityFile === undefined) {
    if (list === null) throw new UsageError('give a grant list, or --capability FILE')
    return list
  }
  const text = await readLine(io, capabilityFile)
  const capability = await inFile(capabilityFile, () => parseVerifyCapability(text))
  if (list !== null) requireSamePayload(capability, list)
  return capability
}

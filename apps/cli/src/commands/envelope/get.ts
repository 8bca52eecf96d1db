import { openPayloadReader, type PayloadReader, readPayload } from '@chartseal/ipfs-envelope'
import type { RangedBlobStore } from '@chartseal/ipfs-envelope/unixfs'
import { type Command, InvalidArgumentError } from 'commander'
import { type OutputOptions, parseCount, withOutput } from '../../io/command.js'
import { type Given, giveOut } from '../../io/envelope/giving.js'
import { withIdentity } from '../../io/envelope/identity.js'
import { withTrust } from '../../io/envelope/known.js'
import { requireServed } from '../../io/envelope/marks.js'
import { type OpeningOptions, type Unlocked, useRecord } from '../../io/envelope/opening.js'
import { openRecordStore } from '../../io/envelope/store.js'
import type { Io } from '../../io/io.js'
import { describeRecords } from './describe.js'

interface Range {
  readonly from: number
  /** Behind the last byte; `null`: to the end. */
  readonly to: number | null
}

interface GetOptions extends OutputOptions, OpeningOptions {
  readonly store: string
  readonly range?: Range
}

const maxVersion = 2 ** 32 - 1

/** `chartseal envelope get`. */
export function getCommand(io: Io): Command {
  const command = describeRecords(
    'get',
    'Read a record, or a part of it, from a block store: each block and each piece is checked',
    'chartseal envelope get --store blocks --identity okafor.id --owner KID --known seen scan.grants -o scan.dcm',
    'chartseal envelope get --store blocks --identity okafor.id --known seen --range 0-65535 scan.grants -o front.bin',
    'chartseal envelope get --store blocks --capability scan.read -o scan.dcm',
  )
  return withTrust(withIdentity(withOutput(command)))
    .requiredOption('--store <folder>', 'the block store')
    .option(
      '--range <first-last>',
      'a part: first and last byte from 0; without a last one to the end',
      rangeOf,
    )
    .option(
      '--record-version <number>',
      'an earlier version, where the list gives it',
      parseCount(1, maxVersion),
    )
    .option('--capability <file>', 'a text csread1… in place of a list and an identity')
    .argument('[list]', 'the grant list; - is stdin')
    .action(async (file: string | undefined, options: GetOptions) => {
      await useRecord(io, file, options, async record => {
        await giveOut(io, options, await given(io, record, options))
      })
    })
}

function rangeOf(text: string): Range {
  const [, first = '', last = ''] = /^(\d{1,16})-(\d{0,16})$/.exec(text) ?? []
  const range = { from: Number(first), to: last === '' ? null : Number(last) + 1 }
  const isSound =
    first !== '' && Number.isSafeInteger(range.from) && (range.to ?? range.from + 1) > range.from
  if (!isSound)
    throw new InvalidArgumentError('Two byte numbers are needed, such as 0-65535, or 65536- to the end.')
  return range
}

async function given(io: Io, record: Unlocked, { store: folder, range }: GetOptions): Promise<Given> {
  const { id, cid, contentKey, remember } = record
  await requireServed(io, folder, { packageId: id.packageId, payloadCid: cid })
  const store = await openRecordStore(io, folder, { create: false })
  if (range !== undefined) return partOf(store, record, range)
  const { header, content } = await readPayload(store, contentKey, id, cid)
  return { header, content, sizeBytes: header.sizeBytes, remember }
}

async function partOf(store: RangedBlobStore, record: Unlocked, range: Range): Promise<Given> {
  const { id, cid, contentKey, remember } = record
  const reader = await openPayloadReader(contentKey, id, await store.range(cid))
  const { header } = reader
  const to = Math.min(range.to ?? header.sizeBytes, header.sizeBytes)
  if (range.from > header.sizeBytes) throw new RangeError(`the record has ${header.sizeBytes} bytes`)
  return { header, sizeBytes: to - range.from, content: pieces(reader, range.from, to), remember }
}

const pieceBytes = 8 * 1024 * 1024

async function* pieces(reader: PayloadReader, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += pieceBytes) yield await reader.read(at, Math.min(at + pieceBytes, to))
}

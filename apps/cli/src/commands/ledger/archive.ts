/** A chain of version 1 that a ledger follows: its tip is in the genesis, so that nobody has another past for it. */
import { encodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import type { Anchor, Genesis } from '@chartseal/emr-ledger'
import { type CommonOptions, finish } from '../../io/command.js'
import { cliError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { type ArchiveOptions, readingChain } from './v1/chain-file.js'

type Tip = NonNullable<Genesis['legacy']>

/** The tip of a chain file, all of which is verified. @throws ChartsealError `cli/empty-archive`, as `readChain` */
export async function archiveTip(io: Io, file: string, options: ArchiveOptions): Promise<Tip> {
  const { result } = await readingChain(io, file, 'must', options, async ({ tip }) => tip)
  if (result === null) throw cliError('cli/empty-archive', {})
  return { height: result.height, blockId: result.blockId }
}

/** Says whether this is the chain that the ledger follows. @throws ChartsealError `cli/other-archive`, as above */
export async function verifyArchive(
  io: Io,
  options: CommonOptions & ArchiveOptions,
  anchor: Anchor,
  file: string,
): Promise<void> {
  const tip = await archiveTip(io, file, options)
  const { legacy } = anchor.genesis
  const expected = legacy === null ? 'none' : words(legacy)
  if (words(tip) !== expected) throw cliError('cli/other-archive', { expected, actual: words(tip) })
  const ledger = encodeBase64Url(anchor.ledger)
  const text = `Ledger        ${ledger}\nProven        the chain of version 1 that it follows, to its last block\nTip           ${words(tip)}\n`
  const answer = { kind: 'archive', ledger, height: tip.height, block_id: encodeHex(tip.blockId) }
  await finish(io, options, { text, answer })
}

const words = ({ height, blockId }: Tip): string => `height ${height}, ${encodeHex(blockId)}`

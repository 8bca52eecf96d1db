/** What share files give together, and what is said about those that were left out. */
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { LeftOut, Recovery, ShareEnvelope } from '@chartseal/shamir'
import { type Io, writeLine } from '../../io/io.js'
import type { SharesInFile } from '../../io/share-envelopes.js'

export const sharesOf = (read: readonly SharesInFile[]): readonly ShareEnvelope[] =>
  read.flatMap(({ shares }) => shares)

/**
 * Recovers from what was read. Files without a share are named first; where several sets are mixed, so is the set of
 * each share.
 * @throws ChartsealError of the first file when none holds a share, and what `recover` refuses
 */
export async function recovered<Result>(
  io: Io,
  read: readonly SharesInFile[],
  recover: (shares: readonly ShareEnvelope[]) => Result | Promise<Result>,
): Promise<Result> {
  const refused = read.flatMap(one => one.refused)
  const [first] = refused
  const shares = sharesOf(read)
  if (shares.length === 0 && first !== undefined) throw first
  for (const { message, code } of refused) await writeLine(io.stderr, `${message} Left out. (${code})`)
  try {
    return await recover(shares)
  } catch (error) {
    if (error instanceof ChartsealError && /^shamir\/(mixed|ambiguous)-sets$/.test(error.code))
      await nameSets(io, read)
    throw error
  }
}

async function nameSets(io: Io, read: readonly SharesInFile[]): Promise<void> {
  for (const { file, shares } of read)
    for (const { x, setId, root } of shares)
      await writeLine(
        io.stderr,
        `${file}: share ${x} of the set ${encodeHex(setId)}, root ${encodeHex(root)}`,
      )
}

export async function nameLeftOut(
  io: Io,
  read: readonly SharesInFile[],
  { damaged, strangers }: Pick<Recovery, 'damaged' | 'strangers'>,
): Promise<void> {
  for (const one of damaged)
    await writeLine(io.stderr, `${fileOf(read, one)}: left out, share ${one.index} was changed`)
  for (const one of strangers)
    await writeLine(io.stderr, `${fileOf(read, one)}: left out, it belongs to the set ${one.setId}`)
}

export function fileOf(read: readonly SharesInFile[], { setId, index }: LeftOut): string {
  const holds = ({ shares }: SharesInFile): boolean =>
    shares.some(share => share.x === index && encodeHex(share.setId) === setId)
  return read.find(holds)?.file ?? `share ${index}`
}

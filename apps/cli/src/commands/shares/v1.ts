/** The shares of version 1: {"x", "y"} in JSON files, which cannot be checked. */
import { encodeHex } from '@chartseal/core/encoding'
import { combine, legacyCombine, split } from '@chartseal/shamir/v1'
import { finish } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import { readShareFiles, writeShareFiles } from '../../io/share-files.js'
import { refuseExisting } from '../../io/staged-files.js'
import { type CombineOptions, readSecretToSplit, type SplitOptions } from './options.js'
import { splitReport } from './split.js'

export async function splitV1(io: Io, options: SplitOptions): Promise<void> {
  const { threshold, shares: numShares, outDir, force = false } = options
  using secret = await readSecretToSplit(io, options)
  const shares = split(secret.reveal(), { threshold, numShares, random: io.random })
  const files = await writeShareFiles(io, outDir, shares, { threshold, force })
  await finish(io, options, { text: splitReport(files, threshold), answer: { threshold, files } })
}

export async function combineV1(io: Io, files: readonly string[], options: CombineOptions): Promise<void> {
  const { out, force = false } = options
  if (out !== undefined && !force) await refuseExisting(io, out)
  const { shares, threshold: named } = await readShareFiles(io, files)
  const threshold = options.threshold ?? named
  if (threshold === null) throw new UsageError('these files do not name the threshold: give --threshold')
  const secret = (options.lenient === true ? legacyCombine : combine)(shares, { threshold })
  const text = options.hex === true ? `${encodeHex(secret)}\n` : Uint8Array.from(secret)
  await finish(io, options, { text, answer: { secret: encodeHex(secret) }, secret: true })
  secret.fill(0)
}

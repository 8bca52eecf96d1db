/** Asks the witnesses of a policy over HTTP. */
import { type CosignOptions, cosignBy, httpWitness, parsePolicy } from '@chartseal/tlog'
import { readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import type { SourceOptions } from './source.js'

/** For the writer of a log, which remembers the policy: as many cosignatures as it asks for, or none at all. */
export async function cosignWith(
  io: Io,
  file: string,
  { allowWeak = false }: SourceOptions,
): Promise<Pick<CosignOptions, 'cosign' | 'policy'>> {
  const policy = await readText(io, file)
  const cosign = cosignBy(parsePolicy(policy, { allowWeak }), ({ url }) =>
    url === undefined ? null : httpWitness(url, fetch),
  )
  return { cosign, policy }
}

/** Asks the witnesses of a policy over HTTP. */
import { type Cosign, cosignBy, httpWitness } from '@chartseal/tlog'
import type { Io } from '../../io/io.js'
import { readPolicy, type SourceOptions } from './source.js'

/** For the writer of a log: as many cosignatures as a policy file asks for, or none at all. */
export async function cosignWith(io: Io, file: string, options: SourceOptions): Promise<Cosign> {
  return cosignBy(await readPolicy(io, file, options), ({ url }) =>
    url === undefined ? null : httpWitness(url, fetch),
  )
}

/** Makes the log of a clinic, and its key: the server's own, or one that officers hold together. */
import { join } from 'node:path'
import { holdTogether, openClinicLog, openLogKey } from '@chartseal/clinic/fs/log'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import type { CheckpointSigner } from '@chartseal/tlog'
import { exists } from '../commands/disk.js'
import type { DataPaths } from '../data-folder.js'
import { createOnce } from '../ledger/keys.js'
import type { LogHolders } from './log-holders.js'

export interface BeginLogErrors {
  'clinic/log-begun': { folder: string }
}

const beginLogError: ErrorFactory<BeginLogErrors> = defineErrors<BeginLogErrors>({
  'clinic/log-begun':
    'The log in {folder} was begun with a key of another kind. Give the same --log-key as before, or take another data folder.',
})

/** Interrupted, it goes on when it is asked again. @throws ChartsealError `clinic/log-begun`, `log-officer/bad-threshold` */
export async function beginLog(
  paths: DataPaths,
  origin: string,
  holders: LogHolders | null,
  world: { readonly clock: Clock; readonly random: Random },
): Promise<void> {
  const { folder, signingKey: path, logShares: shares } = paths
  const publish = async (signer?: CheckpointSigner): Promise<void> => {
    const given = signer === undefined ? {} : { signer }
    const log = await openClinicLog({ ...world, folder: paths.log, signingKey: path, origin, ...given })
    await log.close()
  }
  // Until then nobody has seen a signature: the key is dealt again.
  const isBegun = await exists(join(paths.log, 'checkpoint'))
  if (isBegun || holders === null) {
    if (holders === null) await createOnce(path, origin, world.random)
    using key = await openLogKey(path, origin)
    if ((key.together === null) !== (holders === null)) throw beginLogError('clinic/log-begun', { folder })
    if (!isBegun) await publish()
    return
  }
  await holdTogether({ ...world, ...holders, origin, path, shares }, publish)
}

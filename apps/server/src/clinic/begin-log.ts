/** Makes the log of a clinic, and its key: the server's own, or one that officers hold together. */
import { join } from 'node:path'
import { openClinicLog, openLogKey, takeGroup } from '@chartseal/clinic/fs/log'
import { type GivenText, parseGroup } from '@chartseal/clinic/fs/log-signer'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import { exists } from '../commands/disk.js'
import type { DataPaths } from '../data-folder.js'
import { createOnce } from '../ledger/keys.js'

export interface BeginLogErrors {
  'clinic/log-begun': { folder: string }
}

const beginLogError: ErrorFactory<BeginLogErrors> = defineErrors<BeginLogErrors>({
  'clinic/log-begun':
    'The log in {folder} was begun with a key of another kind. Give the same --log-group as before, or take another data folder.',
})

/**
 * Interrupted, it goes on when it is asked again; so does one whose officers' signers were away.
 * @param group the files of the officers who made its key; `null` where the server makes it
 * @throws ChartsealError `clinic/log-begun`, `log-officer/…`, `log-signer/too-few`
 */
export async function beginLog(
  { folder, signingKey: path, log: logFolder }: DataPaths,
  origin: string,
  group: readonly GivenText[] | null,
  world: { readonly clock: Clock; readonly random: Random },
): Promise<void> {
  if (group === null) await createOnce(path, origin, world.random)
  else await takeGroup(path, origin, parseGroup(group), world.random)
  using key = await openLogKey(path, origin)
  if ((key.together === null) !== (group === null)) throw beginLogError('clinic/log-begun', { folder })
  if (await exists(join(logFolder, 'checkpoint'))) return
  const log = await openClinicLog({ ...world, folder: logFolder, signingKey: path, origin })
  await log.close()
}

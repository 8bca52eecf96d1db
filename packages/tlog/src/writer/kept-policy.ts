/** The policy that a log remembers: whoever writes it later keeps publishing what witnesses cosigned. */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { logError } from '../log-errors.js'
import { type OpenStorage, policyPath } from '../storage.js'
import type { Cosign, CosignOptions } from './options.js'

/** Stands for a policy whose text the log was not told. */
const unnamed = '# The caller knows the witnesses.\n'

/**
 * How checkpoints of this log are cosigned, `undefined` for a log without witnesses; what is to be remembered is durable.
 * @throws ChartsealError `log/witnesses-needed`
 */
export async function keepPolicy(
  storage: OpenStorage,
  { cosign, policy, cosignBy, dropPolicy = false }: CosignOptions,
): Promise<Cosign | undefined> {
  if (dropPolicy && (cosign !== undefined || policy !== undefined))
    throw new TypeError('a policy is given or given up, not both')
  const bytes = await storage.read(policyPath)
  const kept = bytes === null ? '' : decodeUtf8(bytes)
  const next = dropPolicy ? '' : (policy ?? (kept === '' && cosign !== undefined ? unnamed : kept))
  const isNamed = next !== '' && next !== unnamed
  const asked = cosign ?? (isNamed ? cosignBy?.(next) : undefined)
  if (next !== '' && asked === undefined) throw logError('log/witnesses-needed', {})
  if (next !== kept) await storage.replace(policyPath, encodeUtf8(next))
  return asked
}

/** The key of a record, from a grant list or a capability, for as long as it is used. */
import { coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import {
  type GrantList,
  openGrant,
  openHistory,
  type PayloadId,
  parseGrantCapability,
  parseReadCapability,
  type ReadCapability,
} from '@chartseal/ipfs-envelope'
import { UsageError } from '../errors.js'
import { inFile, readLine } from '../files.js'
import type { Io } from '../io.js'
import { type IdentityOptions, useIdentity } from './identity.js'
import { remember, requireTrusted, type TrustOptions } from './known.js'
import { readList } from './lists.js'

export interface OpeningOptions extends IdentityOptions, TrustOptions {
  readonly capability?: string
  readonly recordVersion?: number
}

/** A payload and its key. */
export interface Unlocked {
  readonly id: PayloadId
  readonly cid: string
  readonly contentKey: AeadKey
  /** Durable before what it opens is shown. */
  remember(): Promise<void>
}

/**
 * @param file the grant list; `undefined` with a capability
 * @throws UsageError, and what reading, checking and opening refuse
 */
export async function useRecord<Result>(
  io: Io,
  file: string | undefined,
  options: OpeningOptions,
  use: (record: Unlocked) => Promise<Result>,
): Promise<Result> {
  const { capability } = options
  if ((file === undefined) === (capability === undefined))
    throw new UsageError('give a grant list, or --capability FILE')
  if (capability !== undefined) return useCapability(io, capability, use)
  const list = await readList(io, file ?? '-')
  const pin = await requireTrusted(io, list, options)
  return useIdentity(io, options, async ({ identity }) => {
    using contentKey = await openGrant(list, identity, { pin, nowMs: io.clock.nowMs() })
    return await withVersion(list, contentKey, options.recordVersion ?? list.version, unlocked =>
      use({ ...unlocked, remember: () => remember(io, list, options) }),
    )
  })
}

type Versioned = Omit<Unlocked, 'remember'>

/** The list's own version, or one of its history. */
async function withVersion<Result>(
  list: GrantList,
  contentKey: AeadKey,
  version: number,
  use: (record: Versioned) => Promise<Result>,
): Promise<Result> {
  const { packageId } = list
  if (version === list.version) return use({ id: { packageId, version }, cid: list.payloadCid, contentKey })
  const history = openHistory(list, contentKey)
  try {
    const found = history.find(one => one.version === version)
    if (found === undefined) throw coreError('open/failed', {})
    return await use({ id: { packageId, version }, cid: found.payloadCid, contentKey: found.contentKey })
  } finally {
    for (const one of history) one.contentKey.wipe()
  }
}

async function useCapability<Result>(
  io: Io,
  file: string,
  use: (record: Unlocked) => Promise<Result>,
): Promise<Result> {
  const text = await readLine(io, file)
  const { payloadCid: cid, contentKey, packageId, version } = await inFile(file, () => readKey(text))
  try {
    return await use({ id: { packageId, version }, cid, contentKey, remember: async () => undefined })
  } finally {
    contentKey.wipe()
  }
}

/** Whoever may grant may read. */
function readKey(text: string): ReadCapability {
  if (!text.startsWith('csgrant1')) return parseReadCapability(text)
  const { signingKey, ...capability } = parseGrantCapability(text)
  signingKey.wipe()
  return capability
}

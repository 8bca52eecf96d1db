/** Makes the key of a log for several signers: what init does once, and forgets. Table: docs/spec/log-signers.md. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SigningKey } from '@chartseal/core/ed25519'
import { attempt } from '@chartseal/core/files'
import { dealShares, type SigningShare } from '@chartseal/core/frost'
import { memoryKeyValue } from '@chartseal/core/memory'
import { ed25519Signer } from '@chartseal/tlog'
import {
  checkpointBy,
  openLogSigner,
  type SignerGroup,
  signerGroup,
  type ThresholdSigner,
} from '@chartseal/tlog/threshold'
import type { World } from '../world.js'
import { formatSharedKey, writeNew } from './log-key.js'
import { type LogOfficer, sealShare } from './log-officers.js'
import { logOfficerError } from './log-signer-errors.js'

export interface CeremonyOptions extends Pick<World, 'clock' | 'random'> {
  /** The name of the log. */
  readonly origin: string
  readonly threshold: number
  readonly officers: readonly LogOfficer[]
  /** The server's file: its own key, and who the signers are. */
  readonly path: string
  /** The folder for what officers are given, one file each, sealed. */
  readonly shares: string
}

/** More than half, so that two sets of signers always have one in common. @throws ChartsealError `log-officer/bad-threshold` */
export function requireThreshold(threshold: number, count: number): void {
  const isRight =
    Number.isInteger(threshold) &&
    threshold >= 2 &&
    threshold <= count &&
    2 * threshold > count &&
    count <= 32
  if (!isRight || count < 3) throw logOfficerError('log-officer/bad-threshold', { threshold, count })
}

/**
 * Deals the key, writes what each officer is given, then the server's file, and lets `first` sign with shares that are in
 * memory: a log begins with a checkpoint, and no signer runs yet. Afterwards nobody has the key. Called again, it begins
 * anew, so only where nothing was signed.
 * @throws ChartsealError `log-officer/bad-threshold`, `files/failed`, and what `first` does
 */
export async function holdTogether(
  options: CeremonyOptions,
  first: (signer: ThresholdSigner) => Promise<void>,
): Promise<void> {
  const { origin, threshold, officers, path, shares: folder, random } = options
  requireThreshold(threshold, officers.length)
  await attempt('remove', () => rm(folder, { recursive: true, force: true }), folder)
  await attempt('remove', () => rm(path, { force: true }), path)
  await attempt('make', () => mkdir(folder, { recursive: true, mode: 0o700 }), folder)
  using own = SigningKey.generate(random)
  const server = ed25519Signer(origin, own)
  const { group: key, shares } = dealShares({ threshold, count: officers.length }, random)
  try {
    const group = signerGroup(origin, key, server.verifierKey)
    for (const [i, { name, key: to }] of officers.entries()) {
      const share = shares[i]
      if (share === undefined) throw new Error('internal: an officer without a share')
      await writeNew(
        join(folder, `${name}.share`),
        sealShare({ group, signer: i + 1, share }, to, random),
        0o600,
      )
    }
    await writeNew(path, formatSharedKey(own, group, officers), 0o600)
    await first(await signerOf(options, group, shares, server))
  } finally {
    for (const share of shares) share.wipe()
  }
}

async function signerOf(
  { clock, random }: CeremonyOptions,
  group: SignerGroup,
  shares: readonly SigningShare[],
  server: ReturnType<typeof ed25519Signer>,
): Promise<ThresholdSigner> {
  const signers = await Promise.all(
    shares.map((share, i) =>
      openLogSigner({ group, signer: i + 1, share, store: memoryKeyValue(), isNew: true, clock, random }),
    ),
  )
  const ways = signers.map((signer, i) => ({
    name: `${i + 1}`,
    post: (step: 'commit' | 'sign', body: string) => signer[step](body),
  }))
  return checkpointBy({ group, server, ways })
}

/** A new device: keys first, durable, then the clinic. Killed in between, the same link goes on where it stopped. */
import { ChartsealError } from '@chartseal/core/errors'
import { AgreementKey, publicKeyOf } from '@chartseal/core/x25519'
import type { ClinicApi } from '../api/client.js'
import { identityGone, type Signer } from '../api/identity.js'
import { isGone } from '../api/refusals.js'
import { consoleError } from '../errors.js'
import { type SealedRows, sealedRows } from '../store/sealed-rows.js'
import { createVault, unlockByPassphrase, type VaultOptions, waysOf, waysRow } from '../vault/vault.js'
import { type DeviceRow, deviceChanges, type PinnedClinic } from './device-row.js'
import { invitationIn } from './invitation.js'

const noiseRow = 'noise'

export interface EnrolOptions {
  readonly vault: VaultOptions
  readonly api: Pick<ClinicApi, 'enrol'>
  readonly signer: Signer
  readonly clinic: PinnedClinic
  readonly nowMs: number
}

export interface Enrolling {
  readonly name: string
  readonly passphrase: string
  readonly invitation: string
}

/**
 * Makes the keys of this device and enrols it; gives the key of its rows.
 * @throws ChartsealError `console/no-invitation`, `console/short-passphrase`, `console/refused`, `console/offline`,
 * `console/bad-answer` for another device than this one
 */
export async function enrolDevice(
  { vault, api, signer, clinic, nowMs }: EnrolOptions,
  { name, passphrase, invitation }: Enrolling,
): Promise<{ readonly key: CryptoKey; readonly device: DeviceRow }> {
  const token = invitationIn(invitation)
  if (token === null) throw consoleError('console/no-invitation', {})
  const key = await vaultFor(vault, passphrase)
  const noise = await noisePublicKey(sealedRows(vault.rows, key, vault.random), vault)
  const { kid, publicKey: identity } = signer
  const { kid: named, role, mailbox } = await api.enrol({ kid, invitation: token, identity, noise })
  // Or the clinic would choose whose deeds this device takes for its own.
  if (named !== kid) throw consoleError('console/bad-answer', { field: 'kid' })
  const device = { name, role, kid, mailbox, enrolledMs: nowMs, movedMs: 0 }
  await vault.rows.write(deviceChanges(device, clinic))
  return { key, device }
}

/**
 * Of a try that led nowhere, such as with a link that was used, nothing is kept unless this passphrase opens it: keys
 * that no clinic knows are replaced, and those of a device that is enrolled already are not.
 * @throws ChartsealError `console/wrong-passphrase` when they are, `console/offline` when nobody can say
 */
export async function forgetFailedTry(
  vault: VaultOptions,
  api: Pick<ClinicApi, 'entries'>,
  passphrase: string,
): Promise<void> {
  if (await isOwn(vault, passphrase)) return
  if (await isEnrolled(api)) throw consoleError('console/wrong-passphrase', {})
  await vault.rows.write([[waysRow, null], [noiseRow, null], identityGone])
}

/** Also when there is nothing yet. */
async function isOwn(vault: VaultOptions, passphrase: string): Promise<boolean> {
  try {
    if ((await waysOf(vault)).length === 0) return true
    await unlockByPassphrase(vault, passphrase)
    return true
  } catch (error) {
    if (error instanceof ChartsealError && useless.includes(error.code)) return false
    throw error
  }
}

const useless: readonly string[] = ['console/wrong-passphrase', 'console/damaged-row']

async function isEnrolled(api: Pick<ClinicApi, 'entries'>): Promise<boolean> {
  try {
    await api.entries(null)
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

/** That of an earlier try, when there was one: its passphrase opens it. */
async function vaultFor(vault: VaultOptions, passphrase: string): Promise<CryptoKey> {
  const ways = await waysOf(vault)
  return ways.length === 0 ? createVault(vault, passphrase) : unlockByPassphrase(vault, passphrase)
}

/** The X25519 key for conferences, made once and sealed. */
export async function noisePublicKey(
  rows: SealedRows,
  { random }: Pick<VaultOptions, 'random'>,
): Promise<Uint8Array> {
  const found = await rows.get(noiseRow)
  using key = found === null ? AgreementKey.generate(random) : new AgreementKey(found)
  if (found === null) await rows.write([[noiseRow, key.reveal()]])
  found?.fill(0)
  return publicKeyOf(key)
}

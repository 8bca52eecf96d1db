/** A custodian's side: the key for shares on this device, and one's own share of a set. */
import {
  createCustodyKey,
  type EmergencySet,
  openOwnShare,
  type Signatory,
  type Statement,
} from '@chartseal/clinic/break-glass'
import { SecretBytes } from '@chartseal/core/keys'
import { formatShare, parseShareText, type ShareEnvelope, wipeShares } from '@chartseal/shamir'
import { sheetText } from '../kit/kit.js'
import type { Unlocked } from '../pairs/pairs.js'
import type { EmergencyApi } from './api.js'
import { readCustody, writeCustody } from './rows.js'

/** Makes the key once, on disk before anybody learns it, and publishes it unless that was done. */
export function keepShares(
  unlocked: Unlocked,
  api: Pick<EmergencyApi, 'putKey'>,
  signatory: Signatory,
  origin: string,
): Promise<void> {
  return unlocked.locks('chartseal/emergency-key', async () => {
    const row = (await readCustody(unlocked)) ?? (await made(unlocked, signatory, origin))
    try {
      if (row.isPublished) return
      await api.putKey(row.statement)
      await writeCustody(unlocked, { ...row, isPublished: true })
    } finally {
      row.secret.fill(0)
    }
  })
}

async function made(unlocked: Unlocked, signatory: Signatory, origin: string) {
  const { secret, statement } = await createCustodyKey(signatory, origin, unlocked)
  using owned = secret
  const row = { secret: owned.reveal().slice(), statement: statement.bytes, isPublished: false }
  await writeCustody(unlocked, row)
  return row
}

/**
 * The share of this device, from the clinic's sealed copy; the caller wipes it.
 * @throws ChartsealError `break-glass/no-share` which names the sheet to take, `break-glass/other-share`,
 * `break-glass/not-custodian`, `console/offline`, `console/refused`
 */
export async function ownShare(
  unlocked: Unlocked,
  api: Pick<EmergencyApi, 'set'>,
  set: Statement<EmergencySet>,
  kid: string,
): Promise<ShareEnvelope> {
  const { share: sealed } = await api.set(set.content.id)
  const row = await readCustody(unlocked)
  if (row === null || sealed === null) return openOwnShare(set, kid, null)
  try {
    using secret = new SecretBytes(row.secret)
    return openOwnShare(set, kid, { sealed, secret })
  } finally {
    row.secret.fill(0)
  }
}

/** As it is typed or scanned from a sheet: groups and capitals are the paper's. @throws ChartsealError `shamir/…` */
export const shareOnSheet = (text: string): ShareEnvelope => parseShareText(sheetText(text))

/** What a sheet says, to print; the share is wiped. */
export function sheetOf(share: ShareEnvelope): string {
  try {
    return formatShare(share)
  } finally {
    wipeShares([share])
  }
}

/** What this device tells the other side of a pair about itself. */
import type { Card } from '../pairs/card.js'
import { recordPublicKey } from '../pairs/record-key.js'
import type { Session } from './session.js'

export async function ownCard({
  unlocked,
  device,
}: Pick<Session, 'unlocked' | 'device'>): Promise<Required<Card>> {
  const { formatRecordKey } = await import('../records/record-text.js')
  const record = formatRecordKey(await recordPublicKey(unlocked))
  return { kid: device.kid, box: device.mailbox, record }
}

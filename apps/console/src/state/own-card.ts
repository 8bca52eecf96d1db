/** What this device tells the other side of a pair about itself. */
import type { Card } from '../pairs/card.js'
import { mayTellRecordKey, recordKeyText } from '../pairs/record-key.js'
import type { Session } from './session.js'

export async function ownCard({ unlocked, device }: Pick<Session, 'unlocked' | 'device'>): Promise<Card> {
  const record = await recordKeyText(unlocked)
  const card = { kid: device.kid, box: device.mailbox }
  return (await mayTellRecordKey(unlocked, record)) ? { ...card, record } : card
}

/**
 * What the audit log says of the ledger: its tip, now and again. A restore takes the newest log that witnesses know, and
 * so finds out whether the ledger of a backup is older than what was sealed meanwhile.
 */
import { decodeClinicLeaf } from '@chartseal/audit/access'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import type { ChainBlock } from '@chartseal/emr-ledger'
import type { AuditLog } from '../clinic/audit-log.js'

const event = 'ledger-tip'
const mark = Buffer.from(event)
const idBytes = 16

/** Says it once: the same block again is the same entry. @throws ChartsealError `server/log` */
export async function noteTip(
  log: Pick<AuditLog, 'append'>,
  ledger: Uint8Array,
  { id, height }: ChainBlock,
): Promise<void> {
  const text = toJsonText({
    event,
    ledger: encodeBase64Url(ledger),
    height: Number(height),
    block: encodeBase64Url(id),
  })
  await log.append(id.slice(0, idBytes), { text })
}

/** The height that a leaf of the log names; 0 for every other leaf. */
export function notedHeight(leaf: Uint8Array): number {
  if (!Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length).includes(mark)) return 0
  const content = decodeClinicLeaf(leaf)
  if (!('text' in content)) return 0
  const json = JsonObject.parse(content.text)
  return json.text('event') === event ? json.count('height') : 0
}

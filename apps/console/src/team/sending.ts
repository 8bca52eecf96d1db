/** Writing to a care team: sealed once for those who are in it now, and on disk with each copy before anything leaves. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { maxTeamContentBytes, sealForTeam, type TeamBody } from '@chartseal/elgamal-session/team'
import { consoleError } from '../errors.js'
import type { Beside, Unlocked } from '../pairs/pairs.js'
import { cleanFileName } from '../thread/file-name.js'
import { textType } from '../thread/message-row.js'
import type { OutgoingFile } from '../thread/send.js'
import { copyRows } from './copies.js'
import { eventRow, newEventKey, noEvent, teamFileOf } from './event-row.js'
import { bodyShown } from './events.js'
import { withTeam, writeTeam } from './team-row.js'

/** @throws ChartsealError `console/team-over`, `console/message-too-large`, `team/behind` */
export function sayToTeam(unlocked: Unlocked, ref: string, text: string, beside: Beside = []): Promise<void> {
  return send(unlocked, ref, { mediaType: textType, content: encodeUtf8(text) }, beside)
}

/** @throws as {@link sayToTeam} */
export function sendFileToTeam(unlocked: Unlocked, ref: string, file: OutgoingFile): Promise<void> {
  const { name, mediaType, bytes } = file
  return send(unlocked, ref, { mediaType, content: bytes, fileName: cleanFileName(name) }, [])
}

async function send(unlocked: Unlocked, ref: string, body: TeamBody, beside: Beside): Promise<void> {
  const limitBytes = maxTeamContentBytes
  if (body.content.length > limitBytes) throw consoleError('console/message-too-large', { limitBytes })
  await withTeam(unlocked, ref, async (whole, wiped) => {
    const seat = whole?.seat ?? null
    if (whole === null || seat === null || seat.phase !== 'in' || whole.about.isEnded)
      throw consoleError('console/team-over', {})
    const sealed = sealForTeam(seat, body, unlocked)
    const key = newEventKey(ref, unlocked)
    const copies = copyRows(unlocked, ref, key, sealed)
    const { shown, isFile } = bodyShown(body)
    const atMs = unlocked.clock.nowMs()
    const row = eventRow({ ...noEvent, ...shown, key, kind: 'said', own: true, atMs, to: copies.count })
    const file: Beside = isFile ? [[teamFileOf(key), body.content]] : []
    const rows = [row, ...file, ...copies.rows, ...beside]
    await writeTeam(unlocked, { about: whole.about, seat: wiped(sealed.seat) }, rows)
  })
}

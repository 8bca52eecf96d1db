/** What a person should know before they sign a prescription: it is told, and nothing is refused. */
import {
  duplicatesInBook,
  type Errand,
  namesOther,
  type PreparedRecord,
  type Shelf,
} from '@chartseal/clinic/prescriptions'
import { encodeHex } from '@chartseal/core/encoding'
import { quoted } from '@chartseal/core/text'
import { type Io, writeLine } from '../../io/io.js'

/** Tells it on stderr, and gives the prescriptions of the same medicine for the same patient that are open. */
export async function warned(
  io: Io,
  shelf: Pick<Shelf, 'book'>,
  record: PreparedRecord,
): Promise<readonly string[]> {
  const nowSeconds = BigInt(Math.floor(io.clock.nowMs() / 1_000))
  const found = duplicatesInBook(shelf.book(), record, nowSeconds).map(idOf)
  for (const id of found)
    await writeLine(
      io.stderr,
      `Note: the same medicine for this patient is open already, as far as this desk knows: ${id}`,
    )
  const other = record.content === null ? null : namesOther(record.content)
  if (other !== null)
    await writeLine(
      io.stderr,
      `Note: the file names the patient ${quoted(other)}, and not whom it is signed for.`,
    )
  return found
}

const idOf = ({ record }: Errand): string => encodeHex(record.txid)

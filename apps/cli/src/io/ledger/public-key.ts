/** The public key of whoever signs elsewhere. */
import { publicKeyIn } from '@chartseal/clinic/fs/public-key'
import type { MemberKey } from '@chartseal/emr-ledger'
import { inFile, readText } from '../files.js'
import type { Io } from '../io.js'

/** @throws ChartsealError `member-key/unreadable` */
export async function readPublicKey(io: Io, file: string): Promise<MemberKey> {
  const text = await readText(io, file)
  return inFile(file, () => publicKeyIn(text))
}

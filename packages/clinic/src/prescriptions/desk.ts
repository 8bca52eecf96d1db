/** A device at which prescriptions are signed or read: what it needs, and how it asks the ledger. */
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { type CheckedBundle, checkBundle, type RecordSigner } from '@chartseal/emr-ledger'
import type { World } from '../world.js'
import { type Book, withAnchor } from './book.js'
import { prescriptionError } from './errors.js'
import type { LedgerWay } from './way.js'

/** Where a device keeps its book. */
export interface Shelf {
  /** The newest book. */
  book(): Book
  /** Puts what `step` makes of the newest book in its place; resolves when it is durable. One after the other. */
  change(step: (book: Book) => Book): Promise<Book>
}

/** A device that reads the ledger. */
export interface Reader {
  readonly way: LedgerWay
  readonly shelf: Shelf
  readonly world: Pick<World, 'clock' | 'random'>
  /** Under `pow`: how many blocks must stand on a record. Without it nothing there is ever final. */
  readonly depth?: number | undefined
}

/** A device that signs. */
export interface Desk extends Reader {
  readonly signer: RecordSigner
}

export function nowSeconds({ world }: Pick<Reader, 'world'>): bigint {
  return BigInt(Math.floor(world.clock.nowMs() / 1_000))
}

/** `null` when there was no answer, in whatever way it failed to come. @throws ChartsealError that the way rejects with */
export async function answered<Result>(asking: Promise<Result>): Promise<Result | null> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof ChartsealError) throw error
    return null
  }
}

/**
 * A proof about a prescription, checked from the newest anchor, which moves on before anything is said; `null` when
 * there was no answer.
 * @throws ChartsealError as `checkBundle`; `prescription/other-proof`
 */
export async function proofAbout(
  reader: Reader & { readonly signer?: Pick<RecordSigner, 'kid'> },
  prescription: Uint8Array,
): Promise<CheckedBundle | null> {
  const { anchor } = reader.shelf.book()
  const query = {
    prescription,
    signer: reader.signer?.kid,
    from: anchor.height,
    roster: anchor.roster.number,
  }
  const bytes = await answered(reader.way.proof(query))
  if (bytes === null) return null
  const checked = checkBundle(anchor, bytes, { nowSeconds: nowSeconds(reader) })
  if (checked.prescription === null || !equal(checked.prescription.txid, prescription))
    throw prescriptionError('prescription/other-proof', {})
  await reader.shelf.change(book => withAnchor(book, checked.anchor))
  return checked
}

/** The same for what cannot be done without it. @throws ChartsealError `prescription/offline`, as `proofAbout` */
export async function requireProof(reader: Desk, prescription: Uint8Array): Promise<CheckedBundle> {
  const checked = await proofAbout(reader, prescription)
  if (checked === null) throw prescriptionError('prescription/offline', {})
  return checked
}

/**
 * The desk file of a device: the server, the key that the clinic knows it by, and the book of what it signed. One
 * process at a time has it. Format: docs/spec/ledger-v2.md, "Desk file".
 */
import { basename, dirname } from 'node:path'
import { contentOf, FileSeal, isSealed } from '@chartseal/clinic/fs/conference'
import { type Book, decodeBook, encodeBook, type Shelf } from '@chartseal/clinic/prescriptions'
import { CborFields } from '@chartseal/core/cbor'
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { type FileLock, lockFile, removeTemporaries, replaceFile } from '@chartseal/core/files'
import { cliError } from '../errors.js'
import { inFile, pathOf, readBytes } from '../files.js'
import type { Io } from '../io.js'
import { readSecret, type SecretSource } from '../secrets.js'

export interface DeskContent {
  readonly server: URL
  /** The caller wipes it. */
  readonly key: SigningKey
  readonly book: Book
}

/** A desk file that is held. */
export interface HeldDesk {
  readonly server: URL
  readonly key: SigningKey
  readonly shelf: Shelf
}

export function passphraseOf(file: string, passphraseFile: string | undefined): SecretSource {
  return {
    file: passphraseFile,
    option: '--passphrase-file',
    variable: 'CHARTSEAL_PASSPHRASE',
    question: `Passphrase of ${file}`,
  }
}

/** The whole file; `null` as the seal is one in clear. */
export function encodeDesk({ server, key, book }: DeskContent, seal: FileSeal | null): Uint8Array {
  // `reveal` lends the bytes of the key itself.
  const pages = encodeBook(book)
  const bytes = encodeCbor({ v: 1, server: server.origin, key: key.reveal(), book: pages })
  pages.fill(0)
  if (seal === null) return bytes
  try {
    return seal.seal(bytes)
  } finally {
    bytes.fill(0)
  }
}

/** Takes over the bytes and wipes them. @throws ChartsealError `cli/desk`, `prescription/book` */
export function decodeDesk(bytes: Uint8Array): DeskContent {
  try {
    const map = CborFields.decode(bytes, ['v', 'server', 'key', 'book'])
    map.count('v', 1, 1)
    const server = map.text('server', 1_024)
    if (!URL.canParse(server)) throw cliError('cli/desk', { reason: 'its server is no address' })
    const book = decodeBook(map.bytes('book'))
    return { server: new URL(server), key: new SigningKey(map.bytes('key', 32)), book }
  } catch (error) {
    if (!(error instanceof ChartsealError) || /^(cli|prescription|ledger)\//.test(error.code)) throw error
    throw cliError('cli/desk', { reason: error.message })
  } finally {
    bytes.fill(0)
  }
}

/**
 * Runs with a desk that nobody else has meanwhile; what is in it is wiped afterwards.
 * @throws UsageError where there is no such file; ChartsealError `files/locked`, `enrolment/wrong-passphrase`, `cli/desk`
 */
export async function withDeskFile<Result>(
  io: Io,
  { desk: file, passphraseFile }: { readonly desk: string; readonly passphraseFile?: string },
  run: (held: HeldDesk) => Promise<Result>,
): Promise<Result> {
  const path = pathOf(io, file)
  // The passphrase takes its time, and is asked before anybody else is kept waiting.
  const first = await readBytes(io, file)
  using seal = isSealed(first)
    ? await FileSeal.open(first, await readSecret(io, passphraseOf(file, passphraseFile)), io)
    : null
  const lock = await lockFile(path)
  try {
    await removeTemporaries(dirname(path), [basename(path)])
    const bytes = await readBytes(io, file)
    await lock.settle()
    const content = await inFile(file, () => decodeDesk(contentOf(bytes, seal)))
    using key = content.key
    const { server } = content
    return await run({ server, key, shelf: shelfOf(path, content, { lock, seal }) })
  } finally {
    await lock.release()
  }
}

function shelfOf(
  path: string,
  content: DeskContent,
  { lock, seal }: { readonly lock: FileLock; readonly seal: FileSeal | null },
): Shelf {
  let { book } = content
  return {
    book: () => book,
    async change(step) {
      const next = step(book)
      if (next !== book) await replaceFile(path, encodeDesk({ ...content, book: next }, seal), { lock })
      book = next
      return book
    },
  }
}

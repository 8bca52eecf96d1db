/** Who a record is for, as options. */
import { type KnownRecipient, parseRecipient, rsaOaepRecipient } from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { UsageError } from '../errors.js'
import { inFile, readText } from '../files.js'
import type { Io } from '../io.js'

/** An option that may be given several times. */
export function withPeople(command: Command, flag: string, description: string): Command {
  return command.option(
    `${flag} <recipient>`,
    `${description}: csrec1…, or a file with one a line or an RSA public key in PEM; once for each`,
    (value: string, before: readonly string[] = []) => [...before, value],
  )
}

/** In their order; who is named twice counts once. */
export async function readPeople(io: Io, values: readonly string[] = []): Promise<readonly KnownRecipient[]> {
  const found = new Map<string, KnownRecipient>()
  for (const value of values) {
    for (const person of await peopleIn(io, value)) found.set(person.keyHash.join(), person)
  }
  return [...found.values()]
}

async function peopleIn(io: Io, value: string): Promise<readonly KnownRecipient[]> {
  if (value.startsWith('csid1'))
    throw new UsageError('csid1… is a secret key, and was just shown to every process: make another one')
  if (value.startsWith('csrec1')) return [await parseRecipient(value)]
  const text = await readText(io, value)
  return inFile(value, async () => {
    if (text.includes('-----BEGIN ')) return [await rsaOaepRecipient(text)]
    const lines = text.split(/\r?\n/).map(line => line.trim())
    return Promise.all(lines.filter(line => line !== '' && !line.startsWith('#')).map(parseRecipient))
  })
}

/**
 * Somebody's own entry, and the others'.
 * @throws UsageError for an RSA key in PEM, whose public half is not known
 */
export function withOwn(
  { recipient }: { readonly recipient: KnownRecipient | null },
  others: readonly KnownRecipient[],
): readonly KnownRecipient[] {
  if (recipient === null && others.length > 0) return others
  if (recipient === null) throw new UsageError('name an RSA key by its public half, as one of the recipients')
  return [recipient, ...others.filter(({ keyHash }) => keyHash.join() !== recipient.keyHash.join())]
}

import { coreError } from '@chartseal/core/errors'
import {
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption'
import { ageError } from './errors.js'

const x25519Form = /^age1[02-9ac-hj-np-z]{58}$/
const hybridForm = /^age1pq1[02-9ac-hj-np-z]{100,4000}$/
const identityForm = /^AGE-SECRET-KEY-(PQ-)?1[02-9AC-HJ-NP-Z]{20,200}$/

/**
 * The content for these recipients, all X25519 (`age1…`) or all post-quantum hybrid (`age1pq1…`, which age 1.3 reads).
 * @throws ChartsealError `age/bad-recipient`, `age/mixed-recipients`; RangeError for nobody
 */
export async function exportAge(content: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
  return Uint8Array.from(await encrypter(recipients).encrypt(content))
}

/** The same for a stream of any length. @throws as {@link exportAge} */
export async function exportAgeStream(
  content: ReadableStream<Uint8Array>,
  recipients: readonly string[],
): Promise<ReadableStream<Uint8Array>> {
  return encrypter(recipients).encrypt(content)
}

function encrypter(recipients: readonly string[]): Encrypter {
  if (recipients.length === 0) throw new RangeError('recipients must name somebody')
  refuseMixture(recipients)
  const made = new Encrypter()
  for (const [position, recipient] of recipients.entries()) {
    const added = attempt(() => made.addRecipient(recipient))
    if (!added) throw ageError('age/bad-recipient', { position })
  }
  return made
}

/** The library mixes them without a word. */
function refuseMixture(recipients: readonly string[]): void {
  const hybrid = recipients.map((recipient, position) => {
    if (hybridForm.test(recipient)) return true
    if (x25519Form.test(recipient)) return false
    throw ageError('age/bad-recipient', { position })
  })
  if (new Set(hybrid).size > 1) throw ageError('age/mixed-recipients', {})
}

/**
 * The content of a file for one of these identities, X25519 or hybrid.
 * @throws ChartsealError `age/bad-identity`; `open/failed` for a file of others, one that was changed, and what is none
 */
export async function importAge(file: Uint8Array, identities: readonly string[]): Promise<Uint8Array> {
  const made = decrypter(identities)
  const content = await made.decrypt(Uint8Array.from(file)).catch(() => null)
  if (content === null) throw coreError('open/failed', {})
  return content
}

/**
 * The same for a stream. **Whole only when it ends without an error**, which is `open/failed`.
 * @throws as {@link importAge}, for what the front of the file shows
 */
export async function importAgeStream(
  file: ReadableStream<Uint8Array>,
  identities: readonly string[],
): Promise<ReadableStream<Uint8Array>> {
  const content = await decrypter(identities)
    .decrypt(file)
    .catch(() => null)
  if (content === null) throw coreError('open/failed', {})
  return failingAlike(content)
}

/** What fails midway fails as everything else that does not open. */
function failingAlike(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = content.getReader()
  return new ReadableStream<Uint8Array>({
    async pull(output) {
      const step = await reader.read().catch(() => null)
      if (step === null) output.error(coreError('open/failed', {}))
      else if (step.done) output.close()
      else output.enqueue(step.value)
    },
    cancel: reason => reader.cancel(reason),
  })
}

function decrypter(identities: readonly string[]): Decrypter {
  const made = new Decrypter()
  for (const [position, identity] of identities.entries()) {
    const added = identityForm.test(identity) && attempt(() => made.addIdentity(identity))
    if (!added) throw ageError('age/bad-identity', { position })
  }
  return made
}

function attempt(run: () => void): boolean {
  try {
    run()
    return true
  } catch {
    return false
  }
}

/** A fresh identity of the age format, `AGE-SECRET-KEY-1…`: as secret as what is encrypted for it. X25519 unless `hybrid`. */
export function generateAgeIdentity({ hybrid = false }: { readonly hybrid?: boolean } = {}): Promise<string> {
  return hybrid ? generateHybridIdentity() : generateX25519Identity()
}

/** The text to give to others. @throws ChartsealError `age/bad-identity` */
export async function ageRecipientOf(identity: string): Promise<string> {
  if (!identityForm.test(identity)) throw ageError('age/bad-identity', { position: 0 })
  const recipient = await identityToRecipient(identity).catch(() => null)
  if (recipient === null) throw ageError('age/bad-identity', { position: 0 })
  return recipient
}

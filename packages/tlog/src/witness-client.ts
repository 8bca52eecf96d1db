/** Asks witnesses for cosignatures, C2SP tlog-witness, over whatever carries a POST. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { formatAddCheckpoint } from './add-checkpoint.js'
import { parseCheckpoint, parseDecimal } from './checkpoint.js'
import { tlogError } from './errors.js'
import { answerTo, type FetchLike, type HttpLimits } from './http.js'
import type { CosignatureVerifier } from './keys.js'
import { formatNote, isOf, type NoteSignature, openNote, parseNote } from './note.js'
import { isQuorum, type Policy, type PolicyWitness } from './policy.js'
import type { Cosign } from './writer/options.js'

/** Sends one `POST <prefix>/add-checkpoint`; rejects when nothing answers. */
export type PostToWitness = (body: string) => Promise<{ readonly status: number; readonly body: string }>

/** Hashes that prove a tree of `older` leaves grew into the one of the checkpoint; `older` is above 0. */
export type ConsistencySource = (older: number) => Promise<readonly Uint8Array[]>

export interface AskedWitness {
  readonly verifier: CosignatureVerifier
  readonly post: PostToWitness
  /** The size that it cosigned last, as far as is known; 0 asks it. */
  readonly lastSize?: number
}

/**
 * The cosignature of one witness on a checkpoint that the log has signed. When the witness has seen another size than
 * expected it says so, and is asked once more with a proof from there.
 * @throws ChartsealError `tlog/witness-refused` with the status, `tlog/witness-ahead` when it has cosigned a larger tree,
 * `note/bad-signature`, `note/unsigned` for an answer without its cosignature
 */
export async function askWitness(
  witness: AskedWitness,
  note: string,
  proofFrom: ConsistencySource,
): Promise<NoteSignature> {
  const { text } = parseNote(note)
  const { size } = parseCheckpoint(text)
  const sent = { note, size }
  const first = await send(witness, sent, Math.min(witness.lastSize ?? 0, size), proofFrom)
  const known = first.status === 409 ? parseDecimal(first.body.replace(/\n$/, '')) : null
  if (known === null) return cosignatureIn(witness, text, first)
  if (known > size) throw tlogError('tlog/witness-ahead', { witness: witness.verifier.name, size: known })
  return cosignatureIn(witness, text, await send(witness, sent, known, proofFrom))
}

/** The note with more signatures; a key that has signed already keeps its first. @throws ChartsealError `note/…` */
export function addSignatures(note: string, more: readonly NoteSignature[]): string {
  const { text, signatures } = parseNote(note)
  const fresh = more.filter(one => !signatures.some(known => isOf(known, one)))
  return formatNote(text, [...signatures, ...fresh])
}

async function send(
  { post }: AskedWitness,
  { note, size }: { readonly note: string; readonly size: number },
  oldSize: number,
  proofFrom: ConsistencySource,
): Promise<Awaited<ReturnType<PostToWitness>>> {
  const proof = oldSize === 0 || oldSize === size ? [] : await proofFrom(oldSize)
  return post(formatAddCheckpoint({ oldSize, proof, checkpoint: note }))
}

function cosignatureIn(
  { verifier }: AskedWitness,
  text: string,
  { status, body }: Awaited<ReturnType<PostToWitness>>,
): NoteSignature {
  if (status !== 200) throw tlogError('tlog/witness-refused', { witness: verifier.name, status })
  const { signatures } = openAnswer(`${text}\n${body}`, verifier)
  const own = signatures.find(one => isOf(verifier, one))
  if (own === undefined) throw tlogError('note/unsigned', {})
  return own
}

function openAnswer(note: string, verifier: CosignatureVerifier): ReturnType<typeof openNote> {
  try {
    return openNote(note, [verifier])
  } catch (error) {
    // Whatever a witness answers beside notes is its refusal, too.
    if (error instanceof ChartsealError && error.code === 'note/malformed') {
      throw tlogError('note/unsigned', {})
    }
    throw error
  }
}

/**
 * For the writer of a log: as many cosignatures as the policy asks for, or none at all.
 * @param wayTo a witness of the policy; `null` where there is no way to it
 * @returns a function that throws ChartsealError `tlog/too-few-witnesses`
 */
export function cosignBy(policy: Policy, wayTo: (witness: PolicyWitness) => PostToWitness | null): Cosign {
  return async (note, oldSize, _, proofFrom) => {
    const asked = policy.witnesses.map(witness => ask(witness, wayTo(witness), note, oldSize, proofFrom))
    const answers = await Promise.all(asked)
    refuseTooFew(policy, answers)
    return addSignatures(
      note,
      answers.flatMap(({ signature }) => (signature === null ? [] : [signature])),
    )
  }
}

interface Answered {
  readonly name: string
  readonly signature: NoteSignature | null
  readonly reason: string
}

function refuseTooFew(policy: Policy, answers: readonly Answered[]): void {
  const cosigned = answers.filter(({ signature }) => signature !== null)
  if (isQuorum(policy, new Set(cosigned.map(({ name }) => name)))) return
  const refused = answers.filter(({ signature }) => signature === null)
  const reason = refused.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
  throw tlogError('tlog/too-few-witnesses', { reason })
}

async function ask(
  { name, verifier }: PolicyWitness,
  post: PostToWitness | null,
  note: string,
  lastSize: number,
  proofFrom: ConsistencySource,
): Promise<Answered> {
  if (post === null) return { name, signature: null, reason: 'the policy has no URL of it' }
  try {
    const signature = await askWitness({ verifier, post, lastSize }, note, proofFrom)
    return { name, signature, reason: '' }
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { name, signature: null, reason }
  }
}

/**
 * The way to the witness whose URL prefix this is, over HTTP. By default it has ten seconds, and 64 KiB for its answer.
 */
export function httpWitness(prefix: string, fetch: FetchLike, limits: HttpLimits = {}): PostToWitness {
  const url = `${prefix.replace(/\/+$/, '')}/add-checkpoint`
  const all = { limitBytes: 2 ** 16, limitMs: 10_000, ...limits }
  return async body => {
    const { status, bytes } = await answerTo({ url, body }, fetch, all)
    return { status, body: decodeUtf8(bytes) }
  }
}

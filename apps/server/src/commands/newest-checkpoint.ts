/** Who has seen how much of a log: what decides whether an older copy of it may go on. */
import type { LogKey, SignerPlace } from '@chartseal/clinic/fs/log'
import { decodeUtf8, encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  type FetchLike,
  httpSource,
  isQuorum,
  type NoteVerifier,
  openNote,
  originHash,
  type Policy,
  parseCheckpoint,
  parseVerifierKey,
  verifyCheckpoint,
} from '@chartseal/tlog'
import { restoreError } from './errors.js'

/** A checkpoint that the log's key has signed, and where it was seen. */
export interface Seen {
  readonly source: string
  readonly note: string
  readonly size: number
  readonly root: string
}

/** @throws ChartsealError `note/…`, `checkpoint/…` */
export function seen(note: string, source: string, verifier: NoteVerifier): Seen {
  const { size, root } = verifyCheckpoint(note, { log: verifier })
  return { source, note, size, root: encodeHex(root) }
}

/**
 * The newest checkpoint of each witness. A checkpoint of the log was cosigned by a quorum, so the newest one is among
 * these unless all of a quorum are silent.
 * @param strict refuse then; else what the others say is all there is
 * @throws ChartsealError `restore/witnesses-silent`
 */
export async function askWitnesses(
  policy: Policy,
  verifier: NoteVerifier,
  fetch: FetchLike,
  strict: boolean,
): Promise<readonly Seen[]> {
  const answers = await Promise.all(
    policy.witnesses.map(async witness => ({ witness, answer: await latestOf(witness, verifier, fetch) })),
  )
  const silent = answers.filter(({ answer }) => answer === 'silent').map(({ witness }) => witness.name)
  if (strict && silent.length > 0 && isQuorum(policy, new Set(silent))) {
    throw restoreError('restore/witnesses-silent', { names: silent })
  }
  return answers.flatMap(({ answer }) => (answer === 'silent' || answer === null ? [] : [answer]))
}

/** `null`: it answers and knows nothing of this log. Whatever is no answer, a false one too, is silence. */
async function latestOf(
  { name, url, verifier: witness }: Policy['witnesses'][number],
  verifier: NoteVerifier,
  fetch: FetchLike,
): Promise<Seen | null | 'silent'> {
  if (url === undefined) return 'silent'
  try {
    const bytes = await httpSource(`${url.replace(/\/+$/, '')}/${originHash(verifier.name)}/`, fetch).read(
      'checkpoint',
    )
    if (bytes === null) return null
    const note = decodeUtf8(bytes)
    verifyCheckpoint(note, { log: verifier, policy: onlyThis({ name, verifier: witness }) })
    return seen(note, `witness ${name}`, verifier)
  } catch (error) {
    if (error instanceof ChartsealError) return 'silent'
    throw error
  }
}

/**
 * What each signer of a log signed last, as the server or the log itself signed it. A checkpoint was signed by a threshold of
 * them, so the newest one is among these unless as many are silent.
 * @param strict refuse then; else what the others say is all there is
 * @throws ChartsealError `restore/signers-silent`
 */
export async function askSigners(
  { together, own, verifierKey }: Pick<LogKey, 'together' | 'own' | 'verifierKey'>,
  fetch: FetchLike,
  strict: boolean,
): Promise<readonly Seen[]> {
  if (together === null) return []
  const verifiers = [verifierKey, own.verifierKey].map(parseVerifierKey)
  const answers = await Promise.all(
    together.places.map(async place => ({ place, answer: await signedBy(place, verifiers, fetch) })),
  )
  const silent = answers.filter(({ answer }) => answer === 'silent').map(({ place }) => place.name)
  if (strict && silent.length >= together.signer.threshold)
    throw restoreError('restore/signers-silent', { names: silent })
  return answers.flatMap(({ answer }) => (answer === 'silent' || answer === null ? [] : [answer]))
}

/** `null`: it answers and has signed nothing. Whatever is no answer, a false one too, is silence. */
async function signedBy(
  { name, url }: SignerPlace,
  verifiers: readonly NoteVerifier[],
  fetch: FetchLike,
): Promise<Seen | null | 'silent'> {
  try {
    const bytes = await httpSource(`${url}/`, fetch).read('newest')
    if (bytes === null) return 'silent'
    const note = decodeUtf8(bytes)
    if (note === '') return null
    const { origin, size, root } = parseCheckpoint(openNote(note, verifiers).text)
    const isOurs = verifiers.every(verifier => verifier.name === origin)
    return isOurs ? { source: `signer ${name}`, note, size, root: encodeHex(root) } : 'silent'
  } catch (error) {
    if (error instanceof ChartsealError) return 'silent'
    throw error
  }
}

function onlyThis(witness: Policy['witnesses'][number]): Policy {
  return { logs: [], witnesses: [witness], quorum: witness.name }
}

/** Asks the signers of a log for one signature: commitments of a threshold of them, then their shares. */
import { decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import {
  aggregateShares,
  type FrostSession,
  isFrostPoint,
  type NonceCommitment,
  type SignatureShare,
} from '@chartseal/core/frost'
import { formatAddCheckpoint } from '../add-checkpoint.js'
import { parseCheckpoint, parseDecimal } from '../checkpoint.js'
import { answerTo, type FetchLike, type HttpLimits } from '../http.js'
import { type NoteSigner, signNote } from '../note.js'
import type { CheckpointSigner, ProofFrom } from '../writer/options.js'
import { logSignerError } from './errors.js'
import type { SignerGroup } from './group.js'
import { formatSignText, parseCommitments, parseShare } from './messages.js'

/** The way to one signer. */
export interface SignerWay {
  /** For people. */
  readonly name: string
  /** Sends one `POST …/commit` or `POST …/sign`; rejects when nothing answers. */
  readonly post: (
    step: 'commit' | 'sign',
    body: string,
  ) => Promise<{ readonly status: number; readonly body: string }>
}

/** What a signer last did when it was asked. */
export interface WayState {
  readonly name: string
  /** `null`: it took part; why it did not, for people. */
  readonly problem: string | null
}

export interface ThresholdSigner extends CheckpointSigner {
  readonly threshold: number
  /** Each signer, in the order of their numbers; one that was not asked yet took part. */
  states(): readonly WayState[]
}

export interface CheckpointByOptions {
  readonly group: SignerGroup
  /** Signs with the server's own key; it stays the caller's. */
  readonly server: NoteSigner
  /** In the order of their numbers, from 1. */
  readonly ways: readonly SignerWay[]
}

/** Signs checkpoints by whichever signers answer first. @throws RangeError unless there is one way for each */
export function checkpointBy(options: CheckpointByOptions): ThresholdSigner {
  const { group, ways } = options
  if (ways.length !== group.key.count)
    throw new RangeError(`there are ${group.key.count} signers, not ${ways.length}`)
  const signers = ways.map((way, i) => new AskedSigner(way, i + 1))
  const { name, keyId, verifierKey } = group.verifier
  return {
    name,
    keyId,
    verifierKey,
    threshold: group.key.threshold,
    states: () => signers.map(({ state }) => state),
    signCheckpoint: (text, oldSize, proofFrom) =>
      signTogether(
        { ...options, signers },
        { text, note: signNote(text, [options.server]), oldSize, proofFrom },
      ),
  }
}

interface Asked {
  readonly text: string
  /** The text under the server's signature. */
  readonly note: string
  readonly oldSize: number
  readonly proofFrom: ProofFrom
}

interface Together extends CheckpointByOptions {
  readonly signers: readonly AskedSigner[]
}

/**
 * Whoever fails is left out of the next try, so that there are no more of them than signers. Who promised and did not
 * keep it is chosen last for a while: otherwise it could make every checkpoint wait.
 */
async function signTogether({ group, server, signers }: Together, asked: Asked): Promise<Uint8Array> {
  const need = group.key.threshold
  for (let left = [...signers]; ; ) {
    const asks = left.map(signer => ({ signer, answer: signer.commit(asked) }))
    const trusted = asks.filter(({ signer }) => signer.isTrusted())
    const commitments = (await firstOf(answersOf(trusted), need)) ?? (await firstOf(answersOf(asks), need))
    if (commitments === null) throw tooFew(need, signers)
    const chosen = left.filter(({ number }) => commitments.some(({ signer }) => signer === number))
    const request = signNote(formatSignText(commitments), [server])
    const shares = await Promise.all(chosen.map(signer => signer.share(request, asked)))
    const given = shares.filter(share => share !== null)
    const session = { group: group.key, commitments, message: encodeUtf8(asked.text) }
    const made = given.length < chosen.length ? null : aggregatedOr(session, given)
    if (made instanceof Uint8Array) return made
    const failed = chosen.filter(({ number }, i) => shares[i] === null || number === made)
    for (const signer of failed) signer.broke(made === null ? null : 'its share is wrong')
    left = left.filter(signer => !failed.includes(signer))
  }
}

const answersOf = <Result>(
  asks: readonly { readonly answer: Promise<Result> }[],
): readonly Promise<Result>[] => asks.map(({ answer }) => answer)

/** The signature, or the number of the first signer whose share is wrong. */
function aggregatedOr(session: FrostSession, shares: readonly SignatureShare[]): Uint8Array | number {
  try {
    return aggregateShares(session, shares)
  } catch (error) {
    if (isBadShare(error)) return error.context.signer
    throw error
  }
}

function isBadShare(error: unknown): error is ChartsealError<'frost/bad-share', { readonly signer: number }> {
  return error instanceof ChartsealError && error.code === 'frost/bad-share'
}

/** The first so many that are not `null`; `null` where there will not be so many. */
function firstOf<Result>(
  all: readonly Promise<Result | null>[],
  need: number,
): Promise<readonly Result[] | null> {
  return new Promise((resolve, reject) => {
    const found: Result[] = []
    let waiting = all.length
    const settle = (result: Result | null): void => {
      waiting--
      if (result !== null) found.push(result)
      if (found.length === need) resolve([...found])
      if (found.length + waiting < need) resolve(null)
    }
    if (waiting < need) resolve(null)
    for (const one of all) one.then(settle, reject)
  })
}

/** So many signatures are made without one that broke a promise, where the others are enough. */
const distrusted = 60

class AskedSigner {
  readonly number: number
  readonly #way: SignerWay
  #problem: string | null = null
  /** How many entries the checkpoint has that it signed last, as far as is known. */
  #size: number | null = null
  #distrustedFor = 0

  constructor(way: SignerWay, number: number) {
    this.#way = way
    this.number = number
  }

  get state(): WayState {
    return { name: this.#way.name, problem: this.#problem }
  }

  /** Told for each signature. */
  isTrusted(): boolean {
    if (this.#distrustedFor > 0) this.#distrustedFor--
    return this.#distrustedFor === 0
  }

  /** `null` where it does not take part, and `state` says why. */
  commit(asked: Asked): Promise<NonceCommitment | null> {
    return this.#tried(async () => {
      const { size } = parseCheckpoint(asked.text)
      const first = await this.#send(asked, Math.min(this.#size ?? asked.oldSize, size))
      const known = first.status === 409 ? parseDecimal(first.body.replace(/\n$/, '')) : null
      if (known !== null && known > size) throw new Error(`it has signed ${known} entries already`)
      const answer = known === null ? first : await this.#send(asked, known)
      const [commitment, ...others] = parseCommitments(bodyOf(answer))
      if (commitment?.signer !== this.number || others.length > 0)
        throw new Error('it answered for another signer')
      const { hiding, binding } = commitment
      if (!isFrostPoint(hiding) || !isFrostPoint(binding)) throw new Error('its commitment is no point')
      return commitment
    })
  }

  share(request: string, { text }: Asked): Promise<SignatureShare | null> {
    return this.#tried(async () => {
      const share = parseShare(bodyOf(await this.#way.post('sign', request)))
      if (share.signer !== this.number) throw new Error('it answered for another signer')
      this.#size = parseCheckpoint(text).size
      this.#distrustedFor = 0
      return share
    })
  }

  /** It promised, and gave no share that counts. */
  broke(problem: string | null): void {
    this.#distrustedFor = distrusted
    if (problem !== null) this.#failed(problem)
  }

  #failed(problem: string): void {
    this.#size = null
    this.#problem = problem
  }

  async #send({ note, proofFrom }: Asked, oldSize: number): ReturnType<SignerWay['post']> {
    const { size } = parseCheckpoint(note.slice(0, note.indexOf('\n\n') + 1))
    const proof = oldSize === 0 || oldSize === size ? [] : await proofFrom(oldSize)
    return this.#way.post('commit', formatAddCheckpoint({ oldSize, proof, checkpoint: note }))
  }

  async #tried<Result>(work: () => Promise<Result>): Promise<Result | null> {
    try {
      const result = await work()
      if (this.#distrustedFor === 0) this.#problem = null
      return result
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error))
      return null
    }
  }
}

function bodyOf({ status, body }: { readonly status: number; readonly body: string }): string {
  if (status === 200) return body
  throw new Error(`it refused with status ${status}: ${body.slice(0, 200).trimEnd()}`)
}

function tooFew(need: number, signers: readonly AskedSigner[]): Error {
  const reason = signers
    .flatMap(({ state: { name, problem } }) => (problem === null ? [] : [`${name}: ${problem}`]))
    .join('; ')
  return logSignerError('log-signer/too-few', { need, reason })
}

/** The way to the signer whose URL prefix this is, over HTTP. By default it has five seconds for each step, and 64 KiB for its answer. */
export function httpSigner(
  name: string,
  prefix: string,
  fetch: FetchLike,
  limits: HttpLimits = {},
): SignerWay {
  const base = prefix.replace(/\/+$/, '')
  const all = { limitBytes: 2 ** 16, limitMs: 5_000, ...limits }
  return {
    name,
    post: async (step, body) => {
      const { status, bytes } = await answerTo({ url: `${base}/${step}`, body }, fetch, all)
      return { status, body: decodeUtf8(bytes) }
    },
  }
}

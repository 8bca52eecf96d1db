/**
 * One signer of a log. It signs a checkpoint only when it is consistent with all that it signed before, as a witness
 * does, and what it signs is remembered before its share leaves. Its nonces are in memory only, each bound to one
 * checkpoint when it is promised. HTTP itself belongs to apps: requests come as texts, answers leave as status and text.
 */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { commitNonces, type NonceCommitment, type SigningShare, signShare } from '@chartseal/core/frost'
import type { Clock, Random } from '@chartseal/core/ports'
import { contradict, type ForkEvidence } from '../evidence.js'
import { openNote } from '../note.js'
import { isConsistent, logSignatures, readRequest, type WitnessStore } from '../witness.js'
import type { SignerGroup } from './group.js'
import { formatCommitments, formatShare, parseSignRequest } from './messages.js'
import { Promises } from './promises.js'
import { readNote, SignerMemory } from './signer-memory.js'

export interface LogSignerOptions {
  readonly group: SignerGroup
  /** From 1. */
  readonly signer: number
  /** It stays the caller's. Nobody else may sign with it: the store remembers for it. */
  readonly share: SigningShare
  readonly store: WitnessStore
  /** A second place for what was signed, where no backup of `store` is put back. */
  readonly beside?: WitnessStore
  /** Whether nothing was ever signed with the share: the store is made its memory. */
  readonly isNew?: boolean
  /** For a new one that was handed on: the newest note that those of before signed, as they say. */
  readonly begin?: string
  /** Published checkpoints of the log, taken unless they are smaller than what the store has. */
  readonly known?: readonly string[]
  readonly clock: Clock
  readonly random: Random
  /** Told of a server that asks for two histories; the answer waits until it has kept the evidence. */
  readonly onFork?: (evidence: ForkEvidence) => Promise<void> | void
}

export interface SignerAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 410 | 422
  readonly body: string
}

export interface LogSigner {
  /** The newest note that it gave a share for, or began with; empty for none. */
  readonly signed: string
  /** How many entries the newest checkpoint has that it gave a share for; `null` for none. */
  readonly size: number | null
  /** Answers `POST …/commit`: a checkpoint that the server signed, with a proof. @throws what the store or `onFork` refuses */
  commit(body: string): Promise<SignerAnswer>
  /** Answers `POST …/sign`: the commitments of all who take part, signed by the server. @throws what the store refuses; nothing is signed then */
  sign(body: string): Promise<SignerAnswer>
}

/**
 * Opens a signer, and compares it with what it remembers.
 * @throws ChartsealError `log-signer/forgot`; `note/…`, `checkpoint/…` for a known checkpoint that the log did not sign;
 * RangeError for a share that is not that of this signer, or a beginning of another log
 */
export async function openLogSigner(options: LogSignerOptions): Promise<LogSigner> {
  const { group, signer, share, store, beside, isNew = false, begin = '', known = [] } = options
  if (!group.key.holds(signer, share))
    throw new RangeError(`this is no share of signer ${signer} of ${group.origin}`)
  if (begin !== '' && readNote(begin).checkpoint.origin !== group.origin)
    throw new RangeError('it begins with another log')
  const places = beside === undefined ? [store] : [store, beside]
  const memory = await SignerMemory.open(group, places, isNew ? begin : null)
  for (const note of known) await adopt(group, memory, note)
  return new Signer(options, memory)
}

async function adopt(group: SignerGroup, memory: SignerMemory, note: string): Promise<void> {
  openNote(note, [group.verifier])
  const published = readNote(note)
  const { latest } = memory
  // Also one of the same size: so many signed it that whatever else was asked of this signer alone never counts.
  if (latest === null || published.checkpoint.size >= latest.checkpoint.size) await memory.put(published)
}

class Signer implements LogSigner {
  readonly #options: LogSignerOptions
  readonly #memory: SignerMemory
  readonly #promises: Promises
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: LogSignerOptions, memory: SignerMemory) {
    this.#options = options
    this.#memory = memory
    this.#promises = new Promises(options.clock)
  }

  get signed(): string {
    return this.#memory.latest?.note ?? ''
  }

  get size(): number | null {
    return this.#memory.latest?.checkpoint.size ?? null
  }

  commit(body: string): Promise<SignerAnswer> {
    return this.#inTurn(() => this.#commit(body))
  }

  sign(body: string): Promise<SignerAnswer> {
    return this.#inTurn(() => this.#sign(body))
  }

  /** Judging, remembering and signing are one step. */
  #inTurn(work: () => Promise<SignerAnswer>): Promise<SignerAnswer> {
    const turn = this.#turn.then(work, work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #commit(body: string): Promise<SignerAnswer> {
    const { group, signer, share, random, onFork } = this.#options
    const request = readRequest(body)
    if (request === null || request.checkpoint.extensions.length > 0) return refuse(400)
    if (request.checkpoint.origin !== group.origin) return refuse(404)
    if (logSignatures(request.note, [group.server]) === null) return refuse(403)
    const { latest } = this.#memory
    if (latest !== null && contradict(latest.checkpoint, request.checkpoint))
      await onFork?.({ first: latest.note, second: request.note })
    const isSame = latest?.text === request.text
    if (request.oldSize !== (latest?.checkpoint.size ?? 0) || request.checkpoint.size < request.oldSize)
      return this.#ahead()
    if (!isSame && !isConsistent(latest?.checkpoint ?? null, request)) return refuse(422)
    const { note, text, checkpoint } = request
    const from = latest?.text ?? null
    const nonces = this.#promises.again(text, from) ?? commitNonces(signer, share, random)
    this.#promises.add({ nonces, next: { note, text, checkpoint }, from })
    return { status: 200, body: formatCommitments([nonces.commitment]) }
  }

  async #sign(body: string): Promise<SignerAnswer> {
    const { group, signer, share, onFork } = this.#options
    const commitments = commitmentsIn(body)
    const own = commitments?.find(one => one.signer === signer)
    if (commitments === null || own === undefined) return refuse(400)
    const given = this.#promises.givenFor(own, body)
    if (given !== null) return { status: 200, body: given }
    if (!this.#promises.has(own)) return refuse(410)
    // Or anybody who saw a commitment could use it up.
    if (logSignatures(body, [group.server]) === null) return refuse(403)
    const promised = this.#promises.take(own)
    if (promised === null) return refuse(410)
    const { nonces, next, from } = promised
    const { latest } = this.#memory
    const isSame = latest?.text === next.text
    // Another checkpoint was signed since.
    if (!isSame && (latest?.text ?? null) !== from) {
      nonces.wipe()
      if (latest !== null && contradict(latest.checkpoint, next.checkpoint))
        await onFork?.({ first: latest.note, second: next.note })
      return this.#ahead()
    }
    if (!isSame) await this.#memory.put(next)
    try {
      const message = encodeUtf8(next.text)
      const given = formatShare(signShare({ group: group.key, signer, share, nonces, commitments, message }))
      this.#promises.give(own, body, given)
      return { status: 200, body: given }
    } catch (error) {
      if (error instanceof ChartsealError && error.code === 'frost/bad-commitments') return refuse(400)
      throw error
    }
  }

  #ahead(): SignerAnswer {
    return { status: 409, body: `${this.size ?? 0}\n` }
  }
}

function commitmentsIn(body: string): readonly NonceCommitment[] | null {
  try {
    return parseSignRequest(body)
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

const reasons = {
  400: 'the request is malformed',
  403: 'the server of this log did not sign it',
  404: 'this log is not known here',
  410: 'nothing was promised that this asks for, or it was asked for before, or too late',
  422: 'the checkpoint is not consistent with the one before',
} as const

function refuse(status: keyof typeof reasons): SignerAnswer {
  return { status, body: `${reasons[status]}\n` }
}

/**
 * The doctor's side of a handshake in two steps: the costly one, all Diffie-Hellman computations, which another thread may
 * do; and the rest, for which one has to know who the patient is.
 */
import { concat } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import type { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import type { Suite } from './dh.js'
import { type SessionSecrets, secretsOf } from './handshake.js'
import { HandshakeState } from './handshake-state.js'
import { type PatternName, patterns } from './patterns.js'
import { dhFunctionsOf, type StaticKey } from './static-key.js'
import { type SymmetricParts, SymmetricState } from './symmetric-state.js'

/** A first message and what it needs: values only, to be given to another thread. */
export interface HandshakeWork {
  readonly pattern: PatternName
  readonly suite: Suite
  readonly prologue: Uint8Array
  readonly message: Uint8Array
  /** Of NNpsk0, 32 bytes; IKpsk2 needs one in the second step only. */
  readonly psk: Uint8Array | null
}

/** What the first step leaves: all of it secret but for the public keys and the hash. */
export interface WorkedHandshake extends SymmetricParts {
  /** Of IKpsk2: the static key that the first message names, whose owner has proved nothing yet. */
  readonly theirStatic: Uint8Array | null
  /** What the second message begins with. */
  readonly keys: Uint8Array
}

/** Who may go on, and the doctor's key. */
export interface WorkOptions {
  readonly staticKey: StaticKey
  readonly random: Random
  /** Strangers cost two computations less where they are told from others; the default takes everybody. */
  readonly accepts?: (theirStatic: Uint8Array) => boolean
}

/** `null` for a message that does not open. */
export function workHandshake(
  work: HandshakeWork,
  { staticKey, random, accepts = () => true }: WorkOptions,
): WorkedHandshake | null {
  const { pattern, suite, prologue, message, psk } = work
  const state = new HandshakeState({
    pattern: patterns[pattern],
    dh: dhFunctionsOf(suite),
    role: 'responder',
    prologue,
    staticPair: pattern === 'IKpsk2' ? staticKey.pair() : null,
    theirStatic: null,
    accepts,
    nextPsk: () => psk,
    random,
  })
  try {
    state.read(message)
    const { keys, parts } = state.writeKeys()
    return { theirStatic: state.theirStatic, keys, ...parts }
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  } finally {
    state.wipe()
  }
}

/** What the second step needs to know. */
export interface FinishOptions {
  /** Of IKpsk2: that of the patient whose static key it is. */
  readonly psk: SecretBytes | null
  readonly payload: Uint8Array
}

/** The second message, and what both sides have then. Wipes what it was given. */
export function finishHandshake(
  worked: WorkedHandshake,
  { psk, payload }: FinishOptions,
): { readonly message: Uint8Array; readonly secrets: SessionSecrets } {
  const symmetric = SymmetricState.of(worked)
  wipeWorked(worked)
  try {
    if (psk !== null) symmetric.mixKeyAndHash(psk.reveal())
    const message = concat(worked.keys, symmetric.encryptAndHash(payload))
    return { message, secrets: secretsOf(symmetric, 'responder') }
  } finally {
    symmetric.wipe()
  }
}

/** For what nobody goes on with. */
export function wipeWorked({ chainingKey, key }: WorkedHandshake): void {
  for (const bytes of [chainingKey, key]) bytes.fill(0)
}

/// <reference lib="esnext.disposable" preserve="true" />
/** The handshakes that conferences use, so that a wrong call is refused or cannot be written. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { coreError } from '@chartseal/core/errors'
import { hkdfSha256 } from '@chartseal/core/hkdf'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import type { KeyPair, RemoteKey, Suite } from './dh.js'
import { type HandshakeSetup, HandshakeState } from './handshake-state.js'
import { patterns, type Role } from './patterns.js'
import { dhFunctionsOf, type StaticKey } from './static-key.js'
import type { SymmetricState } from './symmetric-state.js'

export const pskBytes = 32
const resumeLabel = encodeUtf8('chartseal/resume/v2')
const nothing = new Uint8Array(0)

interface Common {
  readonly suite: Suite
  /** What both sides have to agree on; it is in no message. */
  readonly prologue: Uint8Array
  readonly random: Random
}

/** IKpsk2 of the patient, who knows the doctor's static key. */
export interface IkInitiatorOptions extends Common {
  readonly pattern: 'IKpsk2'
  readonly role: 'initiator'
  readonly staticKey: StaticKey
  readonly theirStatic: Uint8Array
  readonly psk: SecretBytes
}

/** IKpsk2 of the doctor, who learns from the first message who this is. */
export interface IkResponderOptions extends Common {
  readonly pattern: 'IKpsk2'
  readonly role: 'responder'
  readonly staticKey: StaticKey
  /**
   * The psk of the patient whose static key this is, or `null` for a stranger, whose message is refused. Asked while
   * the first message is read: nothing has proved yet that it comes from the owner of the key.
   */
  readonly pskOf: (theirStatic: Uint8Array) => SecretBytes | null
}

/** NNpsk0 of either side: who has the psk is the one from before. */
export interface NnOptions extends Common {
  readonly pattern: 'NNpsk0'
  readonly role: Role
  readonly psk: SecretBytes
}

export type HandshakeOptions = IkInitiatorOptions | IkResponderOptions | NnOptions

/** What a complete handshake leaves. The caller wipes it. */
export interface SessionSecrets {
  /** For the direction away from this side. */
  readonly send: AeadKey
  readonly receive: AeadKey
  /** 32 bytes, the same on both sides and in no other handshake: for channel binding (Noise 11.2). Not a secret. */
  readonly handshakeHash: Uint8Array
  /** 32 bytes: the psk of a resumption. Nothing leads from it back to the two keys. */
  readonly resumptionSecret: SecretBytes
}

/**
 * One side of a handshake. Whatever `write` or `read` throws, the handshake is over then and its secrets are wiped.
 *
 * @example
 * const patient = createHandshake({ pattern: 'IKpsk2', role: 'initiator', suite: '25519', ... })
 * send(patient.write(payload))
 * const answer = patient.read(await receive())
 * const { send, receive, handshakeHash, resumptionSecret } = patient.split()
 */
export class Handshake {
  readonly #state: HandshakeState
  readonly #role: Role

  /** @internal */
  constructor(state: HandshakeState, role: Role) {
    this.#state = state
    this.#role = role
  }

  /** The next message, with the payload in it. @throws ChartsealError `key/invalid`, `key/wiped`; RangeError; TypeError out of turn */
  write(payload: Uint8Array): Uint8Array {
    return this.#orWiped(() => this.#state.write(payload))
  }

  /** The payload of the next message. @throws ChartsealError `open/failed` whatever is wrong; TypeError out of turn */
  read(message: Uint8Array): Uint8Array {
    return this.#orWiped(() => this.#state.read(message))
  }

  /** The static key of the other side as far as it is known: given, or from a message that was read. */
  get theirStatic(): Uint8Array | null {
    const theirs = this.#state.theirStatic
    return theirs === null ? null : Uint8Array.from(theirs)
  }

  /** Whether the last message was written or read, and the keys can be taken. */
  get isComplete(): boolean {
    return this.#state.isComplete
  }

  /** Once, when the last message was written or read; the handshake is wiped. @throws TypeError before that */
  split(): SessionSecrets {
    return this.#orWiped(() => {
      const secrets = secretsOf(this.#state.complete(), this.#role)
      this.#state.wipe()
      return secrets
    })
  }

  /** Ends a handshake that will not be completed. */
  wipe(): void {
    this.#state.wipe()
  }

  [Symbol.dispose](): void {
    this.wipe()
  }

  #orWiped<Result>(step: () => Result): Result {
    try {
      return step()
    } catch (error) {
      this.wipe()
      throw error
    }
  }
}

/** @internal Of a complete handshake, which the caller wipes. */
export function secretsOf(symmetric: SymmetricState, role: Role): SessionSecrets {
  const [first, second] = symmetric.split()
  const resumption = hkdfSha256(symmetric.chainingKey(), nothing, resumeLabel)
  const secrets = {
    send: new AeadKey(role === 'initiator' ? first : second),
    receive: new AeadKey(role === 'initiator' ? second : first),
    handshakeHash: symmetric.handshakeHash(),
    resumptionSecret: new SecretBytes(resumption),
  }
  for (const bytes of [first, second, resumption]) bytes.fill(0)
  return secrets
}

/**
 * Begins one side of a Noise handshake with AESGCM and SHA256. Keys and psks stay their owners', who keep them until it
 * is complete.
 * @throws ChartsealError `key/wrong-length`, `key/wiped`, `key/invalid` for a static key of the other side that is none;
 * TypeError for a static key of another suite
 */
export function createHandshake(options: HandshakeOptions): Handshake {
  const { pattern, suite, role, prologue, random } = options
  const common = { pattern: patterns[pattern], dh: dhFunctionsOf(suite), role, prologue, random }
  const state = new HandshakeState({ ...common, ...partiesOf(options) })
  return new Handshake(state, role)
}

type Parties = Pick<HandshakeSetup, 'staticPair' | 'theirStatic' | 'accepts' | 'nextPsk'>

function partiesOf(options: HandshakeOptions): Parties {
  if (options.pattern === 'NNpsk0') return { ...noStatics, nextPsk: revealing(options.psk) }
  const staticPair = pairOf(options.staticKey, options.suite)
  return options.role === 'responder'
    ? { staticPair, theirStatic: null, ...whoever(options.pskOf) }
    : { staticPair, theirStatic: remoteKeyOf(options), accepts: nobody, nextPsk: revealing(options.psk) }
}

const nobody = (): boolean => false
const noStatics = { staticPair: null, theirStatic: null, accepts: nobody }

function revealing(psk: SecretBytes): () => Uint8Array {
  requirePsk(psk)
  return () => psk.reveal()
}

function whoever(pskOf: IkResponderOptions['pskOf']): Pick<Parties, 'accepts' | 'nextPsk'> {
  let psk: SecretBytes | null = null
  return {
    accepts(theirStatic) {
      psk = pskOf(Uint8Array.from(theirStatic))
      if (psk !== null) requirePsk(psk)
      return psk !== null
    },
    nextPsk: () => psk?.reveal() ?? null,
  }
}

function requirePsk(psk: SecretBytes): void {
  const { length } = psk.reveal()
  if (length !== pskBytes)
    throw coreError('key/wrong-length', { expectedBytes: pskBytes, actualBytes: length })
}

function pairOf(staticKey: StaticKey, suite: Suite): KeyPair {
  if (staticKey.suite !== suite) throw new TypeError(`staticKey must be one of ${suite}`)
  staticKey.reveal()
  return staticKey.pair()
}

function remoteKeyOf({ suite, theirStatic }: IkInitiatorOptions): RemoteKey {
  const { publicKeyBytes: expectedBytes, remoteKeyOf } = dhFunctionsOf(suite)
  const { length: actualBytes } = theirStatic
  if (actualBytes !== expectedBytes) throw coreError('key/wrong-length', { expectedBytes, actualBytes })
  const remote = remoteKeyOf(Uint8Array.from(theirStatic))
  if (remote === null) throw coreError('key/invalid', {})
  return remote
}

/** Noise, revision 34, section 5.3, for any pattern that is given as data. */
import { concat } from '@chartseal/core/bytes'
import { coreError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import type { DhFunctions, KeyPair, RemoteKey } from './dh.js'
import type { Pattern, Role, Token } from './patterns.js'
import { type SymmetricParts, SymmetricState } from './symmetric-state.js'

/** Noise 3: messages have at most this many bytes. */
export const maxMessageBytes = 65_535
const tagBytes = 16

export interface HandshakeSetup {
  readonly pattern: Pattern
  readonly dh: DhFunctions
  readonly role: Role
  readonly prologue: Uint8Array
  /** The static key of this side, which its owner wipes. */
  readonly staticPair: KeyPair | null
  /** That of the other side, where the pattern says that it is known. */
  readonly theirStatic: RemoteKey | null
  /** Whether a static key that was received may go on; the rest of its message is not read otherwise. */
  readonly accepts: (theirStatic: Uint8Array) => boolean
  /** A view of the next pre-shared key, 32 bytes. */
  readonly nextPsk: () => Uint8Array | null
  readonly random: Random
}

const other = (role: Role): Role => (role === 'initiator' ? 'responder' : 'initiator')

/** The state of one side. After an error, and once it is complete, it is wiped and of no further use. */
export class HandshakeState {
  readonly #setup: HandshakeSetup
  readonly #symmetric: SymmetricState
  readonly #isPsk: boolean
  #ephemeral: KeyPair | null = null
  #theirStatic: RemoteKey | null
  #theirEphemeral: RemoteKey | null = null
  #next = 0
  #isOver = false

  constructor(setup: HandshakeSetup) {
    const { pattern, dh, prologue } = setup
    this.#setup = setup
    this.#theirStatic = setup.theirStatic
    this.#isPsk = pattern.messages.some(tokens => tokens.includes('psk'))
    this.#symmetric = new SymmetricState(`Noise_${pattern.name}_${dh.name}_AESGCM_SHA256`)
    this.#symmetric.mixHash(prologue)
    for (const role of pattern.knownStatics) this.#symmetric.mixHash(this.#knownStatic(role))
  }

  #knownStatic(role: Role): Uint8Array {
    const known = role === this.#setup.role ? this.#setup.staticPair?.publicKey : this.#theirStatic?.bytes
    if (known == null) throw new TypeError(`the static key of the ${role} must be given`)
    return known
  }

  /** What the other side is known by so far. */
  get theirStatic(): Uint8Array | null {
    return this.#theirStatic?.bytes ?? null
  }

  get isComplete(): boolean {
    return !this.#isOver && this.#next === this.#setup.pattern.messages.length
  }

  /** @throws ChartsealError `key/invalid` when the static key given for the other side is none */
  write(payload: Uint8Array): Uint8Array {
    const parts = this.#take(this.#setup.role).map(token => this.#writeToken(token))
    const message = concat(...parts, this.#symmetric.encryptAndHash(payload))
    if (message.length > maxMessageBytes)
      throw new RangeError(`a message must have at most ${maxMessageBytes} bytes`)
    return message
  }

  /**
   * Of the own last message the keys alone, and the state before its psk, if it has one, and before its payload. The
   * handshake goes on there.
   */
  writeKeys(): { readonly keys: Uint8Array; readonly parts: SymmetricParts } {
    const tokens = this.#take(this.#setup.role).filter(token => token !== 'psk')
    const keys = concat(...tokens.map(token => this.#writeToken(token)))
    return { keys, parts: this.#symmetric.parts() }
  }

  /** @throws ChartsealError `open/failed` */
  read(message: Uint8Array): Uint8Array {
    if (message.length > maxMessageBytes) throw failed()
    let rest = message
    for (const token of this.#take(other(this.#setup.role))) rest = this.#readToken(token, rest)
    if (this.#symmetric.hasKey && rest.length < tagBytes) throw failed()
    return this.#symmetric.decryptAndHash(rest)
  }

  /** The symmetric state of a complete handshake. */
  complete(): SymmetricState {
    if (!this.isComplete) throw new TypeError('the handshake must be complete, and its keys not yet taken')
    return this.#symmetric
  }

  #take(role: Role): readonly Token[] {
    const tokens = this.#setup.pattern.messages[this.#next]
    if (this.#isOver || tokens === undefined) throw new TypeError('the handshake must not be over')
    const turn = this.#next % 2 === 0 ? 'initiator' : 'responder'
    if (turn !== role) throw new TypeError(`the next message must be one of the ${turn}`)
    this.#next++
    return tokens
  }

  #writeToken(token: Token): Uint8Array {
    if (token === 'e') return this.#sendEphemeral()
    if (token === 's') return this.#symmetric.encryptAndHash(this.#ownStatic().publicKey)
    if (!this.#mix(token)) throw coreError('key/invalid', {})
    return new Uint8Array(0)
  }

  #sendEphemeral(): Uint8Array {
    this.#ephemeral = this.#setup.dh.ephemeral(this.#setup.random)
    const { publicKey } = this.#ephemeral
    this.#mixEphemeral(publicKey)
    return publicKey
  }

  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey)
    // 9.2: so that no key that comes from a psk alone is ever used.
    if (this.#isPsk) this.#symmetric.mixKey(publicKey)
  }

  /** What is left of the message behind the token. */
  #readToken(token: Token, message: Uint8Array): Uint8Array {
    if (token !== 'e' && token !== 's') {
      if (!this.#mix(token)) throw failed()
      return message
    }
    const { publicKeyBytes } = this.#setup.dh
    const sizeBytes = publicKeyBytes + (token === 's' && this.#symmetric.hasKey ? tagBytes : 0)
    if (message.length < sizeBytes) throw failed()
    const field = message.slice(0, sizeBytes)
    if (token === 'e') this.#takeEphemeral(field)
    else this.#takeStatic(field)
    return message.subarray(sizeBytes)
  }

  #takeEphemeral(publicKey: Uint8Array): void {
    this.#theirEphemeral = this.#remoteKeyOf(publicKey)
    this.#mixEphemeral(publicKey)
  }

  #takeStatic(field: Uint8Array): void {
    const publicKey = this.#symmetric.decryptAndHash(field)
    if (!this.#setup.accepts(publicKey)) throw failed()
    this.#theirStatic = this.#remoteKeyOf(publicKey)
  }

  #remoteKeyOf(publicKey: Uint8Array): RemoteKey {
    const remote = this.#setup.dh.remoteKeyOf(publicKey)
    if (remote === null) throw failed()
    return remote
  }

  /** False where keys agree on nothing that is secret, or there is no psk. */
  #mix(token: Token): boolean {
    if (token === 'psk') return this.#mixPsk()
    const shared = this.#agree(token)
    if (shared === null) return false
    this.#symmetric.mixKey(shared)
    shared.fill(0)
    return true
  }

  #mixPsk(): boolean {
    const psk = this.#setup.nextPsk()
    if (psk === null) return false
    this.#symmetric.mixKeyAndHash(psk)
    return true
  }

  // The first letter says which key of the initiator it is, the second which of the responder.
  #agree(token: Token): Uint8Array | null {
    const isInitiator = this.#setup.role === 'initiator'
    const [mine, theirs] = isInitiator ? [token[0], token[1]] : [token[1], token[0]]
    const pair = mine === 'e' ? this.#ephemeral : this.#ownStatic()
    const theirKey = theirs === 'e' ? this.#theirEphemeral : this.#theirStatic
    if (pair === null || theirKey === null) throw new Error('internal: a pattern that agrees without a key')
    return pair.agree(theirKey)
  }

  #ownStatic(): KeyPair {
    const { staticPair, role } = this.#setup
    if (staticPair === null) throw new TypeError(`the static key of the ${role} must be given`)
    return staticPair
  }

  wipe(): void {
    this.#symmetric.wipe()
    this.#ephemeral?.wipe()
    this.#ephemeral = null
    this.#isOver = true
  }
}

const failed = (): Error => coreError('open/failed', {})

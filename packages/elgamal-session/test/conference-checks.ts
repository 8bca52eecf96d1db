/** What must hold whatever happens: no nonce twice under a key, and nobody can open what was not for them. */
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey, SecretBytes } from '@chartseal/core/keys'
import { decodeHeader } from '@chartseal/elgamal-session/frames'
import { epochKey, MemberPath } from '@chartseal/elgamal-session/tree'
import { platform as nodePlatform } from '../../core/dist/platform-node.js'
import { platform as webPlatform } from '../../core/dist/platform-web.js'
import { parseBroadcast, parseGroupKeys } from '../dist/conference/payloads.js'
import { Session } from '../dist/conference/session.js'
import { openText, parseLogged } from '../dist/conference/signed-frame.js'
import { PatientHost } from './conference-world.js'

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

/** From now on a second message under one key and nonce throws. */
export function watchNonces(): { stop(): void; forget(): void; readonly sealed: number } {
  const seen = new Set<string>()
  let forgotten = 0
  const platforms = [nodePlatform, webPlatform]
  const originals = platforms.map(platform => platform.sealGcm)
  for (const [i, platform] of platforms.entries()) {
    platform.sealGcm = (key, nonce, plaintext, aad) => {
      const pair = textOf(key) + textOf(nonce)
      if (seen.has(pair)) throw new Error('a nonce comes twice under one key')
      seen.add(pair)
      return originals[i]?.call(platform, key, nonce, plaintext, aad) ?? new Uint8Array()
    }
  }
  return {
    stop() {
      for (const [i, platform] of platforms.entries()) platform.sealGcm = originals[i] ?? platform.sealGcm
    },
    forget() {
      forgotten += seen.size
      seen.clear()
    },
    get sealed() {
      return forgotten + seen.size
    },
  }
}

interface Given {
  readonly plaintext: Uint8Array
  readonly leafKey: Uint8Array
}

/** Writes down, for each patient, every key that the core ever gave them. */
export class KeySpy {
  readonly #given = new Map<string, Given[]>()
  readonly #open = Session.prototype.open
  readonly #input = PatientHost.prototype.input
  #actor: string | null = null

  start(): void {
    const spy = this
    const [open, input] = [this.#open, this.#input]
    Session.prototype.open = function (frame) {
      const opened = open.call(this, frame)
      if (opened !== null) spy.#note(opened.header.opcode, opened.plaintext, this.leafKey)
      return opened
    }
    PatientHost.prototype.input = function (one) {
      const before = spy.#actor
      spy.#actor = this.name
      try {
        input.call(this, one)
      } finally {
        spy.#actor = before
      }
    }
  }

  stop(): void {
    Session.prototype.open = this.#open
    PatientHost.prototype.input = this.#input
  }

  #note(opcode: number, plaintext: Uint8Array, leafKey: SecretBytes): void {
    if (this.#actor === null || opcode !== 30) return
    const list = this.#given.get(this.#actor) ?? []
    list.push({ plaintext: Uint8Array.from(plaintext), leafKey: Uint8Array.from(leafKey.reveal()) })
    this.#given.set(this.#actor, list)
  }

  /** The texts of a log that somebody can open with everything that they were ever given. */
  readable(name: string, log: readonly Uint8Array[], conferenceId: Uint8Array): ReadonlyMap<bigint, string> {
    const reader = new Reader(log, conferenceId)
    for (const given of this.#given.get(name) ?? []) {
      const keys = parseGroupKeys(given.plaintext)
      for (const { epoch, key } of keys.epochs) reader.tryKey(epoch, new AeadKey(key))
      if (keys.path === null) continue
      const leafKey = new SecretBytes(given.leafKey)
      reader.followPath(MemberPath.fromPath(keys.path, leafKey, conferenceId))
    }
    return reader.texts
  }

  /** Of a conference that nobody looks at any more: its keys open nothing of another. */
  forget(): void {
    this.#given.clear()
  }
}

/** What keys open of one log. Most come again and again, by way of each commit: each is tried once. */
class Reader {
  readonly texts = new Map<bigint, string>()
  readonly #log: readonly { readonly frame: Uint8Array; readonly logged: ReturnType<typeof parseLogged> }[]
  readonly #conferenceId: Uint8Array
  readonly #incarnations: ReadonlySet<number>
  readonly #tried = new Set<string>()

  constructor(log: readonly Uint8Array[], conferenceId: Uint8Array) {
    this.#log = log.map(frame => ({ frame, logged: parseLogged(frame) }))
    this.#conferenceId = conferenceId
    this.#incarnations = new Set(this.#log.map(({ logged }) => logged?.incarnation ?? 0))
  }

  /** Applies every commit that can be applied, and tries each key that comes of it, for every incarnation there was. */
  followPath(path: MemberPath): void {
    this.#tryAll(path)
    for (const { frame, logged } of this.#log) {
      if (logged === null || logged.commit.length === 0) continue
      try {
        path.apply(logged.commit, decodeHeader(frame).epoch)
        this.#tryAll(path)
      } catch (error) {
        if (!(error instanceof ChartsealError)) throw error
      }
    }
  }

  #tryAll(path: MemberPath): void {
    for (const incarnation of this.#incarnations)
      this.tryKey(path.epoch, epochKey(path.rootKey(), this.#conferenceId, incarnation, path.epoch))
  }

  tryKey(epoch: number, key: AeadKey): void {
    const name = `${epoch} ${textOf(key.reveal())}`
    if (this.#tried.has(name)) return
    this.#tried.add(name)
    for (const { frame, logged } of this.#log) {
      if (logged === null || logged.ciphertext.length === 0) continue
      const header = decodeHeader(frame)
      if (header.epoch !== epoch) continue
      try {
        const plaintext = openText(frame, header.sequence, key, logged.ciphertext)
        this.texts.set(header.sequence, parseBroadcast(plaintext))
      } catch (error) {
        if (!(error instanceof ChartsealError)) throw error
      }
    }
  }
}

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
export function watchNonces(): { stop(): void; readonly sealed: number } {
  const seen = new Set<string>()
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
    get sealed() {
      return seen.size
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
    const texts = new Map<bigint, string>()
    for (const given of this.#given.get(name) ?? []) {
      const keys = parseGroupKeys(given.plaintext)
      for (const { epoch, key } of keys.epochs) tryKey(log, epoch, new AeadKey(key), texts)
      if (keys.path === null) continue
      const leafKey = new SecretBytes(given.leafKey)
      followPath(MemberPath.fromPath(keys.path, leafKey, conferenceId), log, conferenceId, texts)
    }
    return texts
  }
}

/** Applies every commit that can be applied, and tries each key that comes of it, for every incarnation there was. */
function followPath(
  path: MemberPath,
  log: readonly Uint8Array[],
  conferenceId: Uint8Array,
  texts: Map<bigint, string>,
): void {
  const incarnations = new Set(log.map(frame => parseLogged(frame)?.incarnation ?? 0))
  const tryAll = (): void => {
    for (const incarnation of incarnations) {
      tryKey(log, path.epoch, epochKey(path.rootKey(), conferenceId, incarnation, path.epoch), texts)
    }
  }
  tryAll()
  for (const frame of log) {
    const commit = parseLogged(frame)?.commit ?? new Uint8Array()
    if (commit.length === 0) continue
    try {
      path.apply(commit, decodeHeader(frame).epoch)
      tryAll()
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
    }
  }
}

function tryKey(log: readonly Uint8Array[], epoch: number, key: AeadKey, texts: Map<bigint, string>): void {
  for (const frame of log) {
    const header = decodeHeader(frame)
    const logged = parseLogged(frame)
    if (logged === null || header.epoch !== epoch || logged.ciphertext.length === 0) continue
    try {
      const plaintext = openText(frame, header.sequence, key, logged.ciphertext)
      texts.set(header.sequence, parseBroadcast(plaintext))
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
    }
  }
}

/** A file sealed under a passphrase, as a ring folder is, and what lies beside it. Byte table: docs/spec/conference-v2.md. */
import { concat } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import {
  type Argon2id,
  formatPhc,
  hardenPassphrase,
  type PassphraseParameters,
  parsePhc,
} from '@chartseal/kdf-keyring'
import { enrolmentError } from '../conference/errors.js'

const version = 1
const keyLabel = 'chartseal/conference-key/v1'
const bodyLabel: Uint8Array = encodeUtf8('chartseal/conference-file/v1')
const fields = ['v', 'phc', 'key', 'body']

export interface SealWorld {
  readonly random: Random
  /** In place of the platform's own. */
  readonly argon2id?: Argon2id | undefined
}

export class FileSeal {
  readonly #phc: string
  /** The key of the file under the passphrase. */
  readonly #wrapped: Uint8Array
  readonly #key: AeadKey
  readonly #random: Random

  private constructor(phc: string, wrapped: Uint8Array, key: AeadKey, random: Random) {
    this.#phc = phc
    this.#wrapped = wrapped
    this.#key = key
    this.#random = random
  }

  /** For a new file. @throws what `hardenPassphrase` refuses */
  static async create(
    passphrase: string,
    parameters: PassphraseParameters,
    { random, argon2id }: SealWorld,
  ): Promise<FileSeal> {
    const phc = formatPhc(parameters)
    using passphraseKey = await hardenPassphrase(passphrase, parameters, argon2id)
    const key = AeadKey.generate(random)
    return new FileSeal(phc, sealBytes(passphraseKey, key.reveal(), contextOf(phc), random), key, random)
  }

  /** Of a file that is sealed. @throws ChartsealError `enrolment/wrong-passphrase`, `enrolment/damaged` */
  static async open(
    file: Uint8Array,
    passphrase: string,
    { random, argon2id }: SealWorld,
  ): Promise<FileSeal> {
    const { phc, wrapped } = partsOf(file)
    using passphraseKey = await hardenPassphrase(passphrase, parsePhc(phc), argon2id)
    const bytes = opened(passphraseKey, wrapped, contextOf(phc))
    if (bytes === null) throw enrolmentError('enrolment/wrong-passphrase', {})
    try {
      return new FileSeal(phc, wrapped, new AeadKey(bytes), random)
    } finally {
      bytes.fill(0)
    }
  }

  /** The whole file. The bytes stay the caller's. */
  seal(bytes: Uint8Array): Uint8Array {
    const body = sealBytes(this.#key, bytes, bodyLabel, this.#random)
    return encodeCbor({ v: version, phc: this.#phc, key: this.#wrapped, body })
  }

  /** What is in it; the caller wipes it. @throws ChartsealError `enrolment/damaged` for a file under another key */
  unseal(file: Uint8Array): Uint8Array {
    const { body } = partsOf(file)
    return present(opened(this.#key, body, bodyLabel), 'conference file')
  }

  /** Something that lies beside it. @param label which, and where in it: what is put elsewhere does not open */
  sealPart(label: string, bytes: Uint8Array): Uint8Array {
    return sealBytes(this.#key, bytes, encodeUtf8(label), this.#random)
  }

  /** @throws ChartsealError `enrolment/damaged` */
  openPart(label: string, sealed: Uint8Array, what: string): Uint8Array {
    return present(opened(this.#key, sealed, encodeUtf8(label)), what)
  }

  wipe(): void {
    this.#key.wipe()
  }

  [Symbol.dispose](): void {
    this.wipe()
  }
}

/** Whether a passphrase is needed for it. */
export function isSealed(file: Uint8Array): boolean {
  try {
    partsOf(file)
    return true
  } catch (error) {
    if (error instanceof ChartsealError) return false
    throw error
  }
}

/** What is in a file, sealed or not; the caller wipes it. @throws ChartsealError `enrolment/damaged` for one that another seal has */
export function contentOf(file: Uint8Array, seal: FileSeal | null): Uint8Array {
  if (seal === null) return file
  try {
    return seal.unseal(file)
  } finally {
    file.fill(0)
  }
}

interface SealedParts {
  readonly phc: string
  readonly wrapped: Uint8Array
  readonly body: Uint8Array
}

/** @throws ChartsealError `enrolment/damaged` */
function partsOf(file: Uint8Array): SealedParts {
  try {
    const map = new CborFields(decodeCbor(file), fields)
    map.count('v', version, version)
    return { phc: map.text('phc'), wrapped: map.bytes('key'), body: map.bytes('body') }
  } catch (error) {
    if (error instanceof ChartsealError) throw damaged('conference file', error.message)
    throw error
  }
}

const contextOf = (phc: string): Uint8Array => concat(encodeUtf8(keyLabel), encodeUtf8(phc))

function damaged(what: string, reason: string): ChartsealError {
  return enrolmentError('enrolment/damaged', { what, reason })
}

function present(bytes: Uint8Array | null, what: string): Uint8Array {
  if (bytes === null) throw damaged(what, 'it was changed, or is sealed under another key')
  return bytes
}

/** `null` when it does not open, for whatever reason. */
function opened(key: AeadKey, sealed: Uint8Array, context: Uint8Array): Uint8Array | null {
  try {
    return openBytes(key, sealed, context)
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

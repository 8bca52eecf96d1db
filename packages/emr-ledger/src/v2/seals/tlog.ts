/** One sequencer, whose log of headers witnesses cosign: docs/spec/ledger-v2.md, "A sequencer with witnesses". */
import { concat, equal } from '@chartseal/core/bytes'
import { decodeUtf8, encodeBase64, encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { sha256 } from '@chartseal/core/hkdf'
import {
  type CosignatureVerifier,
  formatProof,
  type LogProof,
  parseCheckpoint,
  parseCosignatureKey,
  parseNote,
  parseProof,
  parseVerifierKey,
  policyOf,
  type Trust,
  verifyProof,
} from '@chartseal/tlog'
import { sealError } from '../errors-seal.js'
import type { TlogRule } from '../genesis.js'
import { decodeHeader, extraBytes, headerBytes, type ReadHeader } from '../header.js'
import { keyIdOf, signatureBytes, verifySignature } from '../member.js'
import type { SealDraft, SealedHeader, SealJudge, SealMemory } from '../seal.js'
import { refuseEarly } from './pow.js'
import { sealedBytesOf } from './signing.js'
import type { TlogMemory } from './tlog-memory.js'

export class TlogJudge implements SealJudge {
  readonly rule: TlogRule
  readonly ledger: Uint8Array
  readonly #sealer: Uint8Array

  /** @param block0 of the genesis */
  constructor(rule: TlogRule, block0: Pick<ReadHeader, 'ledger'>) {
    this.rule = rule
    this.ledger = block0.ledger
    this.#sealer = keyIdOf('Ed25519', rule.logKey)
  }

  begin(): TlogMemory {
    return { kind: 'tlog', height: 0n }
  }

  /** @throws ChartsealError `ledger/seal-encoding`, `ledger/seal-header`, `ledger/seal-signature` */
  check({ header, seal }: SealedHeader, parent: SealMemory): void {
    const memory = tlogMemory(parent)
    if (seal.length !== signatureBytes)
      throw sealError('ledger/seal-encoding', { reason: `it must have ${signatureBytes} bytes` })
    if (header.height !== memory.height + 1n) throw wrong('height')
    if (header.difficulty !== 1n) throw wrong('difficulty')
    if (!equal(header.sealer, this.#sealer)) throw wrong('sealer')
    if (header.extra.some(byte => byte !== 0)) throw wrong('extra')
    if (header.nonce !== 0n) throw wrong('nonce')
    const key = { algorithm: 'Ed25519', publicKey: this.rule.logKey } as const
    if (!verifySignature(key, sealedBytesOf(header.id), seal)) throw sealError('ledger/seal-signature', {})
  }

  after(parent: SealMemory, _block: SealedHeader): TlogMemory {
    return { kind: 'tlog', height: tlogMemory(parent).height + 1n }
  }

  /** The sequencer makes one chain: to refuse one block is to refuse all behind it, so what they move together decides. */
  checkTime(): void {}

  /** @throws ChartsealError `ledger/early` more than two hours ahead */
  checkMedianTime(medianTime: bigint, nowSeconds: bigint): void {
    refuseEarly({ timestamp: medianTime }, nowSeconds)
  }

  /** Whether a block of the sequencer, whatever it stands on, is stamped by a clock that this one agrees with. */
  isTimely(block: SealedHeader, nowSeconds: bigint): boolean {
    const { height, timestamp } = block.header
    try {
      this.check(block, { kind: 'tlog', height: height - 1n })
      refuseEarly({ timestamp }, nowSeconds)
      return true
    } catch (error) {
      if (error instanceof ChartsealError) return false
      throw error
    }
  }

  /** What a block says that is made now. */
  draft(nowSeconds: bigint): SealDraft {
    return {
      timestamp: nowSeconds,
      difficulty: 1n,
      sealer: this.#sealer,
      extra: new Uint8Array(extraBytes),
    }
  }
}

/** What a proof shows. */
export interface LoggedHeader {
  readonly header: ReadHeader
  /**
   * Seconds: a quorum of witnesses says that nothing stood above it then; `null` where none are asked, and where the
   * checkpoint has more leaves: it is as old as its header then, however new the checkpoint.
   */
  readonly seenBy: bigint | null
}

/** Keys of a rule, read once. */
export class TlogTrust {
  readonly #trust: Trust
  readonly #witnesses: readonly CosignatureVerifier[]
  readonly #rule: TlogRule
  readonly #ledger: Uint8Array

  /** @throws ChartsealError `ledger/finality` for a rule whose keys cannot be used */
  constructor(rule: TlogRule, ledger: Uint8Array) {
    this.#rule = rule
    this.#ledger = ledger
    const { trust, witnesses } = readKeys(rule)
    this.#trust = trust
    this.#witnesses = witnesses
  }

  /**
   * The header that is in the log under a checkpoint with enough cosignatures: nothing else will ever be in its place.
   * @param evidence text of a C2SP tlog-proof whose `extra` is the header
   * @throws ChartsealError `ledger/finality`
   */
  check(evidence: Uint8Array): LoggedHeader {
    const { proof, header } = readEvidence(evidence)
    if (!equal(header.ledger, this.#ledger)) throw refused('it is of another ledger')
    // Leaf i is header i, so that one leaf cannot stand for another height.
    if (header.height !== BigInt(proof.index)) throw refused('the header stands in the place of another')
    try {
      verifyProof(proof, header.bytes, this.#trust)
    } catch (error) {
      if (error instanceof ChartsealError) throw refused(error.message)
      throw error
    }
    return { header, seenBy: this.#seenBy(proof) }
  }

  /** The time that a quorum's last cosignature gives: fewer than a quorum cannot make it later. */
  #seenBy({ checkpoint, index }: LogProof): bigint | null {
    if (this.#rule.quorum === 0) return null
    const { text, signatures } = parseNote(checkpoint)
    if (parseCheckpoint(text).size !== index + 1) return null
    const times = this.#witnesses.flatMap(witness =>
      signatures
        .filter(({ name, keyId }) => name === witness.name && equal(keyId, witness.keyId))
        .map(({ signature }) => witness.timestampOf(signature)),
    )
    times.sort((a, b) => (a < b ? 1 : -1))
    return times[this.#rule.quorum - 1] ?? null
  }
}

function readEvidence(evidence: Uint8Array): { readonly proof: LogProof; readonly header: ReadHeader } {
  try {
    const text = decodeUtf8(evidence)
    const proof = parseProof(text)
    if (proof.extra === undefined || proof.extra.length !== headerBytes) throw refused('it has no header')
    // One text for one proof.
    if (formatProof(proof) !== text) throw refused('it is not written as it would be')
    return { proof, header: decodeHeader(proof.extra) }
  } catch (error) {
    if (error instanceof ChartsealError && error.code !== 'ledger/finality') throw refused(error.message)
    throw error
  }
}

function readKeys(rule: TlogRule): {
  readonly trust: Trust
  readonly witnesses: readonly CosignatureVerifier[]
} {
  try {
    const witnesses = rule.witnesses.map(parseCosignatureKey)
    const log = parseVerifierKey(vkeyOf(rule.origin, rule.logKey))
    // By key, not by name: two witnesses may have chosen one name.
    const known = witnesses.map(verifier => ({ name: verifier.verifierKey, verifier }))
    const policy = policyOf([{ verifier: log }], known, rule.quorum, { allowWeak: true })
    return { trust: { log, policy }, witnesses }
  } catch (error) {
    if (error instanceof ChartsealError || error instanceof RangeError) throw refused(error.message)
    throw error
  }
}

const ed25519Type = 0x01

/** C2SP signed-note, "Verifier keys". */
function vkeyOf(name: string, key: Uint8Array): string {
  const material = concat(Uint8Array.of(ed25519Type), key)
  const keyId = sha256(concat(encodeUtf8(`${name}\n`), material)).subarray(0, 4)
  return `${name}+${encodeHex(keyId)}+${encodeBase64(material)}`
}

/** @throws TypeError */
function tlogMemory(memory: SealMemory): TlogMemory {
  if (memory.kind !== 'tlog') throw new TypeError(`the memory of ${memory.kind} must not be given to tlog`)
  return memory
}

function wrong(field: string): Error {
  return sealError('ledger/seal-header', { field })
}

function refused(reason: string): Error {
  return sealError('ledger/finality', { reason })
}

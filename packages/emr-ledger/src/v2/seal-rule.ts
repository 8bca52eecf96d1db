/** The rule of the seal in CBOR: docs/spec/ledger-v2.md, "Genesis". What it means is judged by `seals/`. */
import { fromBigIntLE, toBigIntBE } from '@chartseal/core/bytes'
import type { CborFields } from '@chartseal/core/cbor'
import { isVerifyingKey } from '@chartseal/core/ed25519'
import type { CborValue } from '@chartseal/core/encoding'
import { fieldError, maxUint32, oneOf } from './fields.js'
import type { PoaRule, PowRule, SealRule, TlogRule } from './genesis.js'

const kinds: readonly SealRule['kind'][] = ['tlog', 'poa', 'pow']
const fieldsOfKind: { readonly [kind in SealRule['kind']]: readonly string[] } = {
  tlog: ['origin', 'logKey', 'witnesses', 'quorum'],
  poa: ['slotSeconds', 'slotsPerTurn', 'tolerates'],
  pow: ['firstDifficulty', 'blockSeconds', 'window'],
}
const everyField = Object.values(fieldsOfKind).flat()
const maxWitnesses = 64
const maxTextBytes = 512
const maxWindow = 1_024
const difficultyBytes = 16

/** @throws RangeError for a difficulty below 0 or above 2^128 - 1 */
export function sealRuleValue(rule: SealRule): CborValue {
  switch (rule.kind) {
    case 'tlog':
      return {
        kind: rule.kind,
        origin: rule.origin,
        logKey: rule.logKey,
        witnesses: rule.witnesses,
        quorum: rule.quorum,
      }
    case 'poa':
      return {
        kind: rule.kind,
        slotSeconds: rule.slotSeconds,
        slotsPerTurn: rule.slotsPerTurn,
        tolerates: rule.tolerates,
      }
    case 'pow':
      return {
        kind: rule.kind,
        firstDifficulty: fromBigIntLE(rule.firstDifficulty, difficultyBytes),
        blockSeconds: rule.blockSeconds,
        window: rule.window,
      }
  }
}

/** @throws ChartsealError `cbor/invalid` */
export function sealRuleIn(genesis: CborFields): SealRule {
  const kind = oneOf(genesis.map('seal', ['kind'], everyField), 'kind', kinds)
  const fields = genesis.map('seal', ['kind', ...fieldsOfKind[kind]])
  switch (kind) {
    case 'tlog':
      return tlogRuleIn(fields)
    case 'poa':
      return poaRuleIn(fields)
    case 'pow':
      return powRuleIn(fields)
  }
}

function tlogRuleIn(fields: CborFields): TlogRule {
  const logKey = fields.bytes('logKey', 32)
  if (!isVerifyingKey(logKey)) throw fieldError('logKey', 'an Ed25519 public key')
  const witnesses = fields.texts('witnesses', maxWitnesses, maxTextBytes)
  if (new Set(witnesses).size !== witnesses.length) throw fieldError('witnesses', 'each once')
  const origin = fields.text('origin', maxTextBytes)
  if (origin === '' || /[\s+]/u.test(origin)) throw fieldError('origin', 'a text without blanks and +')
  return { kind: 'tlog', origin, logKey, witnesses, quorum: fields.count('quorum', witnesses.length) }
}

function poaRuleIn(fields: CborFields): PoaRule {
  return {
    kind: 'poa',
    slotSeconds: fields.count('slotSeconds', maxUint32, 1),
    slotsPerTurn: fields.count('slotsPerTurn', maxUint32, 1),
    tolerates: oneOf(fields, 'tolerates', ['crash', 'lies'] as const),
  }
}

function powRuleIn(fields: CborFields): PowRule {
  const firstDifficulty = toBigIntBE(fields.bytes('firstDifficulty', difficultyBytes).reverse())
  if (firstDifficulty === 0n) throw fieldError('firstDifficulty', 'at least 1')
  return {
    kind: 'pow',
    firstDifficulty,
    blockSeconds: fields.count('blockSeconds', maxUint32, 1),
    window: fields.count('window', maxWindow, 1),
  }
}

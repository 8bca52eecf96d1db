/** Frozen records, genesis, keys, commitments and signatures of version 2, and what is refused of them. */
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner } from '@chartseal/core/vectors'
import { decodeClaims, encodeClaims, signedBytesOf, txidOf } from '../v2/claims.js'
import { commit } from '../v2/commitment.js'
import { decodeGenesis, encodeGenesis, ledgerIdOf } from '../v2/genesis.js'
import { keyIdOf, signingAlgorithms, verifySignature } from '../v2/member.js'
import { decodeRecord, encodeRecord, type LedgerRecord } from '../v2/record.js'
import { checkRoster, type Roster, type SigningAlgorithm } from '../v2/roster.js'
import { verifyRecordSignatures } from '../v2/signatures.js'
import { hasSlip, proveSlip, slipKeyOf } from '../v2/slip-proof.js'

/** By `what`; a case with `code` is refused with it, any other is accepted and says what it holds. */
export const ledgerV2: CaseRunner = (testCase, context) => {
  const what = testCase.text('what')
  const judge = judges.find(([name]) => name === what)?.[1]
  if (judge === undefined) throw new Error(`no judge for ${what}`)
  return judge(testCase, context)
}

const record: CaseRunner = (testCase, { file }) => {
  const bytes = testCase.hex('record')
  const { roster } = decodeGenesis(file.hex('genesis'))
  const code = codeOf(() => accept(decodeRecord(bytes), roster, BigInt(testCase.text('height'))))
  agree('the code', code, testCase.has('code') ? testCase.text('code') : null)
  if (code === null) agreeOnRecord(decodeRecord(bytes), testCase)
}

/** What a node asks of a record before the state does. */
function accept(read: LedgerRecord, roster: Roster, height: bigint): void {
  verifyRecordSignatures(read, roster, height)
  if (read.claims.kind === 'roster') checkRoster(read.claims.roster, roster, height)
}

function agreeOnRecord(read: LedgerRecord, testCase: JsonObject): void {
  const { claims, claimsBytes, signatures } = read
  agree('the txid', encodeHex(read.txid), testCase.text('txid'))
  agree('the wtxid', encodeHex(read.wtxid), testCase.text('wtxid'))
  agree('the kind', claims.kind, testCase.text('kind'))
  agree('what is signed', signedBytesOf(claimsBytes), testCase.hex('signed'))
  agree('the claims, read and written', encodeClaims(decodeClaims(claimsBytes)), claimsBytes)
  agree('the record, read and written', encodeRecord(claimsBytes, signatures), read.bytes)
  agree('the txid of the claims', txidOf(claimsBytes), read.txid)
}

const genesis: CaseRunner = testCase => {
  const bytes = testCase.hex('genesis')
  const code = codeOf(() => decodeGenesis(bytes))
  agree('the code', code, testCase.has('code') ? testCase.text('code') : null)
  if (code !== null) return
  agree('the genesis, read and written', encodeGenesis(decodeGenesis(bytes)), bytes)
  agree('the id of the ledger', encodeHex(ledgerIdOf(bytes)), testCase.text('ledger'))
}

const commitment: CaseRunner = testCase => {
  const kind = testCase.text('kind')
  if (kind !== 'subject' && kind !== 'body') throw new Error(`no commitment of ${kind}`)
  const made = commit({ rs: testCase.hex('rs'), kind, bytes: testCase.hex('bytes') })
  agree('the commitment', encodeHex(made), testCase.text('commitment'))
}

const slip: CaseRunner = testCase => {
  const [rs, key] = [testCase.hex('rs'), testCase.hex('key')]
  const dispensing = {
    ledger: testCase.hex('ledger'),
    prescription: testCase.hex('prescription'),
    previous: testCase.hex('previous'),
    signer: testCase.hex('signer'),
    quantity: Number(testCase.text('quantity')),
    salt: testCase.hex('salt'),
  }
  agree('the key', slipKeyOf(rs), key)
  agree('the proof', proveSlip(rs, dispensing), testCase.hex('proof'))
  agree('the verdict', hasSlip(key, dispensing, testCase.hex('proof')), true)
}

const key: CaseRunner = testCase => {
  const kid = keyIdOf(algorithmOf(testCase), testCase.hex('public_key'))
  agree('the key id', encodeHex(kid), testCase.text('kid'))
}

const signature: CaseRunner = testCase => {
  const member = { algorithm: algorithmOf(testCase), publicKey: testCase.hex('public_key') }
  const verdict = verifySignature(member, testCase.hex('message'), testCase.hex('signature'))
  agree('the verdict', verdict, testCase.boolean('valid'))
}

const judges: readonly (readonly [string, CaseRunner])[] = [
  ['record', record],
  ['genesis', genesis],
  ['commitment', commitment],
  ['slip', slip],
  ['key', key],
  ['signature', signature],
]

function algorithmOf(testCase: JsonObject): SigningAlgorithm {
  const found = signingAlgorithms.find(known => known === testCase.text('algorithm'))
  if (found === undefined) throw new Error('no such algorithm')
  return found
}

function codeOf(attempt: () => unknown): string | null {
  try {
    attempt()
    return null
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
}

import { encodeHex } from '@chartseal/core/encoding'
import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner, refusalOf } from '@chartseal/core/vectors'
import { decodeAnchor, encodeAnchor } from '../v2/light/anchor.js'
import { type CheckedBundle, type CheckedPrescription, checkBundle } from '../v2/light/check.js'

/** What a light client makes of a bundle, and of it with other bytes; or the code with which it is refused. */
export const ledgerBundlesV2: CaseRunner = testCase => {
  const anchor = decodeAnchor(testCase.hex('anchor'))
  const bundle = testCase.hex('bundle')
  // In the world of the tests two hours ahead is before 1970.
  const nowSeconds = BigInt(String(testCase.raw('now')))
  const check = (bytes: Uint8Array): CheckedBundle => checkBundle(anchor, bytes, { nowSeconds })
  const refusal = (bytes: Uint8Array): string => refusalOf(() => check(bytes))
  if (testCase.has('refused')) {
    agree('the refusal', refusal(bundle), testCase.text('refused'))
    return
  }
  agree('the seal', anchor.genesis.seal.kind, testCase.text('rule'))
  agreeOnBundle(testCase, check(bundle))
  const changed = testCase.has('flipped') ? testCase.objects('flipped') : []
  for (const flip of changed) {
    const at = flip.count('at')
    const bytes = bundle.map((byte, i) => (i === at ? byte ^ 1 : byte))
    agree(`with another byte ${at}`, refusal(bytes), flip.text('code'))
  }
}

function agreeOnBundle(testCase: JsonObject, checked: CheckedBundle): void {
  const { head, finality, asOf, prescription, signer, record } = checked
  agree('the height', head.height, testCase.integer('height'))
  agree('the head', head.id, testCase.hex('id'))
  agree('that it is final', finality.kind === 'final', testCase.boolean('final'))
  if (finality.kind !== 'final') agree('its depth', finality.depth, testCase.count('depth'))
  agree('the time', asOf, testCase.integer('as_of'))
  agree('the next anchor', encodeAnchor(checked.anchor), testCase.hex('next_anchor'))
  agree('a prescription', prescription !== null, testCase.has('prescription'))
  if (prescription !== null) agreeOnPrescription(testCase, prescription)
  agree('a signer', signer !== null, testCase.has('signer'))
  if (signer !== null) {
    agree('the signer', signer.kid, testCase.hex('signer'))
    agree('their number', signer.nextSeq, testCase.integer('next_seq'))
  }
  agree('a record', record !== null, testCase.has('record'))
  if (record !== null) agree('the record', record.txid, testCase.hex('record'))
}

function agreeOnPrescription(testCase: JsonObject, prescription: CheckedPrescription): void {
  const { txid, state, changes, isComplete } = prescription
  agree('the prescription', txid, testCase.hex('prescription'))
  agree('its status', state?.status ?? null, testCase.raw('status'))
  agree('what was dispensed', state?.dispensed ?? null, testCase.raw('dispensed'))
  const ids = changes.map(change => encodeHex(change.txid)).join(' ')
  agree('its changes', ids, testCase.texts('changes').join(' '))
  agree('that these are all', isComplete, testCase.boolean('changes_are_all'))
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { runners } from '@chartseal/emr-ledger/vectors'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

type Fields = Readonly<Record<string, unknown>>

const file: { readonly cases: readonly Fields[] } & Fields = JSON.parse(
  readFileSync(join(vectorFolder('own'), 'ledger-v2.json'), 'utf8'),
)

/** What the runner says of a case with some of its fields replaced. */
async function verdict(testCase: Fields, edits: Fields = {}): Promise<string> {
  const whole = new JsonObject(file)
  const context = { file: whole, sibling: () => whole, engine: defaultEngine() }
  try {
    await runners['ledger-v2']?.(new JsonObject({ ...testCase, ...edits }), context)
    return 'agrees'
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'no error'
  }
}

const first = (what: string, isRefused = false): Fields =>
  file.cases.find(one => one['what'] === what && 'code' in one === isRefused) ?? {}

describe('the runner of ledger-v2', () => {
  it.each<[string, Fields, Fields, string]>([
    ['a record', first('record'), {}, 'agrees'],
    ['another txid', first('record'), { txid: '' }, 'Disagreement: the txid differs'],
    ['another wtxid', first('record'), { wtxid: '' }, 'Disagreement: the wtxid differs'],
    ['another kind', first('record'), { kind: 'cancel' }, 'Disagreement: the kind differs'],
    ['other signed bytes', first('record'), { signed: '' }, 'Disagreement: what is signed differs'],
    [
      'a record that was to be refused',
      first('record'),
      { code: 'ledger/role' },
      'Disagreement: the code differs',
    ],
    ['another code', first('record', true), { code: 'ledger/role' }, 'Disagreement: the code differs'],
    ['another ledger', first('genesis'), { ledger: '' }, 'Disagreement: the id of the ledger differs'],
    ['another code of a genesis', first('genesis', true), { code: 'x' }, 'Disagreement: the code differs'],
    ['another commitment', first('commitment'), { commitment: '' }, 'Disagreement: the commitment differs'],
    ['a commitment of something else', first('commitment'), { kind: 'x' }, 'Error: no commitment of x'],
    ['another key id', first('key'), { kid: '' }, 'Disagreement: the key id differs'],
    ['another algorithm', first('key'), { algorithm: 'x' }, 'Error: no such algorithm'],
    ['another verdict', first('signature'), { valid: false }, 'Disagreement: the verdict differs'],
    ['a rule without a judge', {}, { what: 'x' }, 'Error: no judge for x'],
    ['bytes that are no record', first('record'), { record: '00' }, 'Disagreement: the code differs'],
    ['a height that is none', first('record'), { height: 'x' }, 'SyntaxError: Cannot convert x to a BigInt'],
  ])('answers as expected for %s', async (_, testCase, edits, expected) => {
    expect(await verdict(testCase, edits)).toBe(expected)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { runners } from '@chartseal/emr-ledger/vectors'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

type Fields = Readonly<Record<string, unknown>>

const file: { readonly cases: readonly Fields[] } & Fields = JSON.parse(
  readFileSync(join(vectorFolder('own'), 'ledger-blocks-v2.json'), 'utf8'),
)

/** What the runner says of a case with some of its fields, or those of the file, replaced. */
async function verdict(testCase: Fields, edits: Fields, ofFile: Fields = {}): Promise<string> {
  const whole = new JsonObject({ ...file, ...ofFile })
  const context = { file: whole, sibling: () => whole, engine: defaultEngine() }
  try {
    await runners['ledger-blocks-v2']?.(new JsonObject({ ...testCase, ...edits }), context)
    return 'agrees'
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'no error'
  }
}

const first = (what: string, isRefused = false): Fields =>
  file.cases.find(one => one['what'] === what && 'code' in one === isRefused) ?? {}

describe('the runner of ledger-blocks-v2', () => {
  it.each<[string, Fields, Fields, string]>([
    ['a header', first('header'), {}, 'agrees'],
    ['another id', first('header'), { id: '' }, 'Disagreement: the id differs'],
    ['another height', first('header'), { height: '9' }, 'Disagreement: height differs'],
    ['a header that was to be refused', first('header'), { code: 'x' }, 'Disagreement: the code differs'],
    ['another code', first('header', true), { code: 'x' }, 'Disagreement: the code differs'],
    ['another state root', first('chain'), { state_root: '' }, 'Disagreement: the state root differs'],
    ['a chain that is refused', first('chain', true), {}, 'agrees'],
    ['no blocks', first('chain'), { blocks: [] }, 'Disagreement: the code differs'],
    ['another root', first('state proof'), { root: '' }, 'Disagreement: the root differs'],
    ['another proof', first('state proof'), { proof: '' }, 'Disagreement: the proof differs'],
    ['another verdict', first('state claim'), { valid: false }, 'Disagreement: the verdict differs'],
    ['a proof that cannot be read', first('state claim', true), {}, 'agrees'],
    ['another record proof', first('record proof'), { proof: [] }, 'Disagreement: the proof differs'],
    ['a rule without a judge', {}, { what: 'x' }, 'Error: no judge for x'],
    ['another place', first('record proof'), { place: 25 }, 'RangeError: index must be from 0 to size - 1'],
  ])('answers as expected for %s', async (_, testCase, edits, expected) => {
    expect(await verdict(testCase, edits)).toBe(expected)
  })

  it('notices another block 0', async () => {
    expect(await verdict(first('chain'), {}, { block_0: '' })).toBe('Disagreement: block 0 differs')
  })
})

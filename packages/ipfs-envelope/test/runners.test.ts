import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { runners } from '@chartseal/ipfs-envelope/vectors'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

type Fields = Readonly<Record<string, unknown>>
type Edit = (testCase: Fields) => Fields

const load = (name: string): { cases: readonly Fields[] } & Fields =>
  JSON.parse(readFileSync(join(vectorFolder('seeds'), `${name}.json`), 'utf8'))

/** Runs one edited case of a file that holds only this case; resolves to what the runner says. */
async function verdict(name: string, edit: Edit, index = 0): Promise<string> {
  const file = load(name)
  const testCase = edit(file.cases[index] ?? {})
  const context = {
    file: new JsonObject({ ...file, cases: [testCase] }),
    sibling: (other: string) => new JsonObject(load(other)),
    engine: defaultEngine(),
  }
  try {
    await runners[name]?.(new JsonObject(testCase), context)
    return 'agrees'
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'no error'
  }
}

const without =
  (...fields: readonly string[]): Edit =>
  testCase =>
    Object.fromEntries(Object.entries(testCase).filter(([field]) => !fields.includes(field)))
const withFields =
  (fields: Fields): Edit =>
  testCase => ({ ...testCase, ...fields })

describe('the runner of envelope-packages', () => {
  it.each<[string, Edit, string]>([
    ['nothing', testCase => testCase, 'agrees'],
    ['a plaintext that is not there', without('plaintext'), 'agrees'],
    ['a file key that is not there', without('file_key'), 'agrees'],
    ['another plaintext', withFields({ plaintext: 'ff' }), 'Disagreement: the plaintext differs'],
    ['another ciphertext', withFields({ ciphertext: '00'.repeat(16) }), 'ChartsealError: '],
  ])('answers as expected for %s', async (_, edit, expected) => {
    expect((await verdict('envelope-packages', edit)).startsWith(expected)).toBe(true)
  })

  it('notices another file key', async () => {
    const edit: Edit = testCase => ({ ...without('recipients')(testCase), recipients: [recipient] })
    const recipient = { id: 'alice', private_key_index: 0, file_key: '00'.repeat(32) }
    expect(await verdict('envelope-packages', edit)).toBe('Disagreement: the file key differs')
  })

  it('notices a key that the file does not have', async () => {
    const edit = withFields({ recipients: [{ id: 'alice', private_key_index: 9 }] })
    expect(await verdict('envelope-packages', edit)).toBe('Error: private_keys_pem has no element 9')
  })
})

describe('the runner of envelope-reject', () => {
  const untouched = 0
  const extraFields = load('envelope-reject').cases.findIndex(
    ({ should }) => should === 'implementation choice',
  )

  it.each<[string, Edit, string, number?]>([
    ['a verdict that is wrong', withFields({ should: 'reject' }), 'Disagreement: the verdict differs'],
    ['a verdict that is not there', without('should'), 'agrees'],
    ['a hash that is wrong', withFields({ seed_plaintext_sha256: '00' }), 'Disagreement: the hash'],
    ['a hash that is not there', without('seed_plaintext_sha256'), 'agrees'],
    ['a named recipient', withFields({ recipient: 'alice' }), 'agrees'],
    ['a stranger', withFields({ recipient: 'mallory' }), 'Disagreement: the verdict differs'],
    ['a choice that is nobody’s', withFields({ should: 'implementation choice' }), 'agrees'],
    ['our choice', testCase => testCase, 'agrees', extraFields],
    ['the other choice', withFields({ should: 'accept' }), 'Disagreement: the verdict', extraFields],
    ['a key that nobody has', withFields({ private_key_index: 9 }), 'Error: private_keys_pem has'],
  ])('answers as expected for %s', async (_, edit, expected, index = untouched) => {
    expect((await verdict('envelope-reject', edit, index)).startsWith(expected)).toBe(true)
  })
})

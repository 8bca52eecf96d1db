import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { runners } from '@chartseal/ipfs-envelope/vectors'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

type Fields = Readonly<Record<string, unknown>>

const casesOf = (name: string): readonly Fields[] =>
  JSON.parse(readFileSync(join(vectorFolder('own'), `${name}.json`), 'utf8')).cases

/** Runs a case with some of its fields replaced; resolves to what the runner says. */
async function verdict(name: string, testCase: Fields, edits: Fields): Promise<string> {
  const edited = new JsonObject({ ...testCase, ...edits })
  const context = { file: edited, sibling: () => edited, engine: defaultEngine() }
  try {
    await runners[name]?.(edited, context)
    return 'agrees'
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'no error'
  }
}

describe('the runner of payloads-v2', () => {
  const [, small = {}] = casesOf('payloads-v2')
  it.each<[string, Fields, string]>([
    ['nothing', {}, 'agrees'],
    ['another key', { key: '00'.repeat(32) }, 'Disagreement: the hash of the payload differs'],
    ['another name', { name: 'x' }, 'Disagreement: the hash of the payload differs'],
    ['another payload', { payload: '00' }, 'Disagreement: the payload differs'],
    ['a range beyond the end', { ranges: [{ from: 0, to: 9 }] }, 'RangeError'],
  ])('answers as expected for %s', async (_, edits, expected) => {
    expect((await verdict('payloads-v2', small, edits)).startsWith(expected)).toBe(true)
  })
})

describe('the runner of grants-v2', () => {
  const [first = {}, , anew = {}] = casesOf('grants-v2')
  const refused = casesOf('grants-v2').find(one => 'refused' in one) ?? {}
  const [ann] = [...(first['recipients'] as readonly Fields[])]
  it.each<[string, Fields, Fields, string]>([
    ['nothing', first, {}, 'agrees'],
    ['another CID', first, { list_cid: 'b' }, 'Disagreement: the CID of the list differs'],
    ['another version', first, { version: 2 }, 'Disagreement: the version differs'],
    ['another number', first, { seq: '2' }, 'Disagreement: the number differs'],
    ['an end that is not there', first, { not_after: 5 }, 'Disagreement: not_after differs'],
    ['other purposes', first, { purposes: [] }, 'Disagreement: the purposes differs'],
    ['another info', first, { info: '' }, 'Disagreement: the info differs'],
    ['another owner', first, { owner_seed: '00'.repeat(32) }, 'Disagreement: the list signed again differs'],
    ['another content key', first, { content_key: '' }, 'Disagreement: the content key differs'],
    ['one recipient too few', first, { recipients: [ann] }, 'Disagreement: the number of recipients differs'],
    ['a time that is too early', first, { now: 0 }, 'ChartsealError: The grants begin'],
    ['no earlier versions', anew, { named: [] }, 'Disagreement: the earlier versions differs'],
    ['no history', anew, { history: [] }, 'Disagreement: the history differs'],
    ['another refusal', refused, { refused: 'grants/older' }, 'Disagreement: the refusal differs'],
    ['no refusal', refused, { list: first['list'] }, 'Disagreement: the refusal differs'],
  ])('answers as expected for %s', async (_, testCase, edits, expected) => {
    expect((await verdict('grants-v2', testCase, edits)).startsWith(expected)).toBe(true)
  })

  it.each([
    ['key_hash', 'Disagreement: the hash of a public key differs'],
    ['hint', 'Disagreement: a hint differs'],
    ['secret', 'Disagreement: the hash of a public key differs'],
  ])('notices another %s of a recipient', async (field, expected) => {
    const [one = {}, ...others] = [...(first['recipients'] as readonly Fields[])]
    const recipients = [{ ...one, [field]: '01'.repeat(32) }, ...others]
    expect(await verdict('grants-v2', first, { recipients })).toBe(expected)
  })
})

describe('the runner of envelope-texts-v2', () => {
  const cases = casesOf('envelope-texts-v2')
  const refused = cases.find(one => 'refused' in one) ?? {}
  const sound = cases.filter(one => !('refused' in one)).map(one => [`${one['kind']}`, one] as const)

  it.each(sound)('notices another spelling: %s', async (_, one) => {
    expect(await verdict('envelope-texts-v2', one, {})).toBe('agrees')
    const text = await verdict('envelope-texts-v2', one, { text: `${one['text']}q` })
    expect(text).toMatch(/^ChartsealError/)
    const own = ['public_key', 'secret', 'package'].find(field => field in one) ?? ''
    const bytes = 'aa'.repeat(`${one[own]}`.length / 2)
    expect(await verdict('envelope-texts-v2', one, { [own]: bytes })).toMatch(/^Disagreement: the text of/)
  })

  it('notices another refusal, none, and a kind that it does not know', async () => {
    const name = 'envelope-texts-v2'
    const [first = {}] = cases
    expect(await verdict(name, refused, { refused: 'x/y' })).toBe('Disagreement: the refusal differs')
    expect(await verdict(name, refused, { text: first['text'] })).toBe('Disagreement: the refusal differs')
    expect(await verdict(name, first, { kind: 'other' })).toBe('Error: internal: no kind other')
  })
})

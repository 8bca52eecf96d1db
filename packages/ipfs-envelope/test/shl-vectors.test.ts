import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { shlRunners } from '@chartseal/ipfs-envelope/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

runVectorSuite(vectorFolder('own'), shlRunners)

type Fields = Readonly<Record<string, unknown>>
const cases: readonly Fields[] = JSON.parse(readFileSync(join(vectorFolder('own'), 'shl.json'), 'utf8')).cases
const first = (kind: string): Fields => cases.find(one => one['kind'] === kind && !('refused' in one)) ?? {}

/** What the runner says of a case with some of its fields replaced. */
async function verdict(testCase: Fields, edits: Fields): Promise<string> {
  const edited = new JsonObject({ ...testCase, ...edits })
  const context = { file: edited, sibling: () => edited, engine: defaultEngine() }
  try {
    await shlRunners['shl']?.(edited, context)
    return 'agrees'
  } catch (error) {
    return error instanceof Error ? error.message : 'no error'
  }
}

describe('the runner of links', () => {
  it.each<[string, Fields, string]>([
    ['link', {}, 'agrees'],
    ['link', { url: 'https://x.example' }, 'the URL differs'],
    ['link', { key: '00' }, 'the key differs'],
    ['link', { flags: 'L' }, 'the flags differs'],
    ['link', { exp: 7 }, 'exp differs'],
    ['link', { label: 'x' }, 'the label differs'],
    ['link', { refused: 'shl/bad-url' }, 'the refusal differs'],
    ['link', { kind: 'other' }, 'the kind differs'],
    ['file', { content: '00' }, 'the content differs'],
    ['file', { content_type: 'x' }, 'the type differs'],
    ['file', { nonce: '00'.repeat(12) }, 'the file encrypted again differs'],
    ['file', { key: '00'.repeat(32) }, 'the refusal differs'],
    ['verifier', { passcode: 'x' }, 'whether it is the passcode differs'],
    ['card-qr', { jws: 'x' }, 'the card differs'],
    ['card', { bundle: {} }, 'the bundle differs'],
    ['card', { trusted: [] }, 'the refusal differs'],
  ])('answers as expected for a %s with %j', async (kind, edits, expected) => {
    expect(await verdict(first(kind), edits)).toBe(expected)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultEngine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import { runners } from '@chartseal/shamir/vectors'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const text = readFileSync(join(vectorFolder('own'), 'share-messages-v2.json'), 'utf8')
const [first, second] = JSON.parse(text).cases

async function run(testCase: object): Promise<void> {
  const file = new JsonObject(testCase)
  await runners['share-messages-v2']?.(file, { file, sibling: () => file, engine: defaultEngine() })
}

const [custodian, ...others] = first.custodians
const withFirst = (part: object): object => ({ ...first, custodians: [{ ...custodian, ...part }, ...others] })

it('agrees with the case of a refresh', async () => {
  await run(first)
})

it.each([
  ['another secret', { ...first, secret: '00' }],
  ['another new set', { ...first, 'refreshed-set': second['refreshed-set'] }],
  ['another salt', withFirst({ salt: '00'.repeat(16) })],
  ['another time', withFirst({ created: 1 })],
  ['another pending share', withFirst({ 'pending-share': others[0]['pending-share'] })],
  ['another answer', withFirst({ 'drill-answer': others[0]['drill-answer'] })],
  ['a refusal that does not come', { kind: 'share-set', message: first['share-set'], refused: 'x' }],
])('notices %s in a refresh', async (_, changed) => {
  await expect(run(changed)).rejects.toThrow('differs')
})

describe('the runner of drills', () => {
  const drills = JSON.parse(readFileSync(join(vectorFolder('own'), 'share-drills-v3.json'), 'utf8')).cases
  const [whole, other] = drills
  const runDrill = async (testCase: object): Promise<void> => {
    const file = new JsonObject(testCase)
    await runners['share-drills-v3']?.(file, { file, sibling: () => file, engine: defaultEngine() })
  }

  it('agrees with each case', async () => {
    for (const testCase of drills) await runDrill(testCase)
  })

  it.each([
    ['another order of answers', { ...whole, answers: whole.answers.toReversed() }],
    ['answers of another set', { ...whole, answers: other.answers }],
    ['a missing answer', { ...other, answers: other.answers.slice(1) }],
    ['a refusal that does not come', { ...whole, refused: 'shamir/bad-drill' }],
  ])('notices %s', async (_, changed) => {
    await expect(runDrill(changed)).rejects.toThrow()
  })
})

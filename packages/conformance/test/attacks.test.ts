import { readFileSync } from 'node:fs'
import { type Attack, attacks, runAttack } from '@chartseal/conformance/attacks'
import { coreError } from '@chartseal/core/errors'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'

const tools = { clock, random }
const docs = (file: string): string => readFileSync(new URL(`../../../docs/${file}`, import.meta.url), 'utf8')

describe('what was published is broken, and version 2 refuses the same', () => {
  it.each(attacks.map(attack => ({ name: attack.name, attack })))('$name', async ({ attack }) => {
    const { told, ...ran } = await runAttack(attack, tools)
    const { refusal: answer } = attack
    expect(ran).toEqual({ attack, isBroken: true, answer, reason: ran.reason, ok: true })
    expect(new Set(told.map(({ version }) => version))).toEqual(new Set(['v1', 'v2']))
  })
})

describe('an attack counts only', () => {
  const sham: Attack = {
    ...{ name: 'sham', title: '', errata: [], against: 'model', refusal: 'open/failed' },
    breaks: () => true,
    prepare: () => () => {
      throw coreError('open/failed', {})
    },
  }

  it('when both halves hold', async () => {
    expect(await runAttack(sham, tools)).toMatchObject({ ok: true, answer: 'open/failed' })
    expect((await runAttack({ ...sham, breaks: () => false }, tools)).ok).toBe(false)
    expect((await runAttack({ ...sham, refusal: 'stranger' }, tools)).ok).toBe(false)
    const accepted = await runAttack({ ...sham, prepare: () => () => new Uint8Array(0) }, tools)
    expect(accepted).toMatchObject({ ok: false, answer: 'accepted', reason: null })
    expect((await runAttack({ ...sham, prepare: () => () => 'stranger' }, tools)).answer).toBe('stranger')
  })

  it('when version 2 refuses: what breaks otherwise is thrown', async () => {
    const broken = { ...sham, prepare: () => () => Reflect.apply(Map.prototype.get, null, []) }
    await expect(runAttack(broken, tools)).rejects.toThrow(TypeError)
  })
})

describe('the list', () => {
  it('has each name once, and an entry of the errata for each attack', () => {
    expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length)
    const entries = [...docs('errata.md').matchAll(/^### ([MCEI]\d+) /gm)].map(([, entry]) => entry)
    expect(attacks.flatMap(({ errata }) => errata.filter(entry => !entries.includes(entry)))).toEqual([])
  })

  it('is that of docs/attacks.md, in its order, with titles, errata and refusals', () => {
    const sections = docs('attacks.md').split(/^## /m).slice(1)
    expect(sections.map(section => section.split('\n')[0])).toEqual(attacks.map(({ name }) => name))
    const lacking = attacks.flatMap(({ name, title, errata, refusal }, i) =>
      [`**${title}.**`, ...errata.map(entry => `[${entry}](errata.md#`), `\`${refusal}\``, '```mermaid']
        .filter(text => !sections[i]?.includes(text))
        .map(text => `${name}: ${text}`),
    )
    expect(lacking).toEqual([])
  })
})

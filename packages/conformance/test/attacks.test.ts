import { attacks, runAttack } from '@chartseal/conformance/attacks'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'

describe('each attack breaks what was published, and is refused by version 2', () => {
  it.each(attacks.map(attack => [attack.name, attack] as const))('%s', async (name, attack) => {
    const lines: string[] = []
    const startMs = performance.now()
    const result = await runAttack(attack, { clock, random }, (version, line) =>
      lines.push(`${version} ${line}`),
    )
    console.log(name, Math.round(performance.now() - startMs), result, lines)
    expect(result).toEqual({ name, isBroken: true, answer: attack.refusal, ok: true })
  })
})

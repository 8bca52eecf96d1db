import { compareCodePoints, groupKeyInput } from '@chartseal/elgamal-session/v1'
import { describe, expect, it } from 'vitest'

describe('the order of ids', () => {
  it('orders ids by code point', () => {
    expect(['🩺', '￮', 'z', 'Z', 'ñ', 'Zz'].sort(compareCodePoints)).toEqual(['Z', 'Zz', 'z', 'ñ', '￮', '🩺'])
  })

  it('takes any number of patients', () => {
    const parts = Array.from({ length: 200_000 }, (_, i) => ({ idPatient: `${i}`, sessionKey: 7n }))
    expect(groupKeyInput(parts, 12n)).toBe(`${'7'.repeat(200_000)}12`)
  })
})

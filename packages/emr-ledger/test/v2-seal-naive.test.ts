/** Why blocks need votes: what two branches make of a rule that counts who sealed on top. */
import { describe, expect, it } from 'vitest'

interface Sealed {
  readonly name: string
  readonly by: string
  readonly on: Sealed | null
}

const sealers = ['a', 'b', 'c', 'd', 'e']
const heightOf = (block: Sealed | null): number => (block === null ? 0 : 1 + heightOf(block.on))
const chainOf = (tip: Sealed): readonly Sealed[] => (tip.on === null ? [tip] : [...chainOf(tip.on), tip])

/** What the rule holds to be final, for one who sees this tip: more than half of the sealers sealed it or what stands on it. */
function finalUnder(tip: Sealed): readonly string[] {
  const chain = chainOf(tip)
  return chain
    .filter((_, i) => new Set(chain.slice(i).map(({ by }) => by)).size > sealers.length / 2)
    .map(({ name }) => name)
}

describe('the rule of more than half on top', () => {
  it('makes two branches final though nobody lies', () => {
    const seen = new Map<string, Sealed | null>(sealers.map(sealer => [sealer, null]))
    /** An honest sealer extends the longest chain that it has seen. */
    const seal = (by: string, name: string): Sealed => {
      const block = { name, by, on: seen.get(by) ?? null }
      seen.set(by, block)
      return block
    }
    /** Honest: a longer chain is followed, a shorter or equal one is not; nobody leaves what is final to them. */
    const hear = (sealer: string, tip: Sealed): void => {
      const own = seen.get(sealer) ?? null
      if (heightOf(tip) <= heightOf(own)) return
      const final = own === null ? [] : finalUnder(own)
      const names = chainOf(tip).map(({ name }) => name)
      if (final.every(name => names.includes(name))) seen.set(sealer, tip)
    }
    // One part of the network: a, b and c seal in turn. What c seals reaches a pharmacy and no sealer; then c is gone.
    const first = seal('a', 'A1')
    hear('b', first)
    const second = seal('b', 'A2')
    hear('a', second)
    hear('c', second)
    const atThePharmacy = seal('c', 'A3')
    expect(finalUnder(atThePharmacy)).toEqual(['A1'])
    // The other part: d and e, with a longer chain when the parts meet again.
    const other = seal('d', 'B1')
    hear('e', other)
    hear('d', seal('e', 'B2'))
    const longer = seal('d', 'B3')
    for (const sealer of ['a', 'b', 'e']) hear(sealer, longer)
    const elsewhere = seal('a', 'B4')
    expect(finalUnder(elsewhere)).toEqual(['B1', 'B2'])
    const onBoth = finalUnder(atThePharmacy).filter(name => finalUnder(elsewhere).includes(name))
    expect(onBoth).toEqual([])
  })
})

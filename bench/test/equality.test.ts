/** Whatever the bench times gives the same answers first. Nothing is timed here. */
import { describe, expect, it } from 'vitest'
import { lowestNonces } from '../dist/cases/workers.js'
import { groups } from '../dist/groups.js'
import { inProcess, requireOneAnswer } from '../dist/measure.js'

// The bench looks at this before it times anything. What takes seconds to begin is looked at in the gate as well.
const slow = ['audit-verify', 'command-line', 'conference', 'ledger', 'server', 'shamir']
const here = [...groups].filter(([name]) => process.env['CHARTSEAL_GATE'] === '1' || !slow.includes(name))

describe.each(here)('group %s', (_, group) => {
  it('gives one answer in every case, whoever computes it', async context => {
    const skipped = new Set<string>()
    // Conferences of 100,000 take half a minute to begin; what they answer is as with 1,000 and 10,000.
    for (const task of (await group.cases()).filter(({ id }) => !id.endsWith('-100000'))) {
      await requireOneAnswer(task)
      for (const contender of task.contenders) {
        if ('skipped' in contender) skipped.add(`${contender.name}: ${contender.skipped}`)
        else contender.close?.()
      }
    }
    await context.annotate(`skipped: ${[...skipped].join('; ') || 'nobody'}`)
  })
})

describe('the comparison', () => {
  it('refuses a contender with another answer', async () => {
    const contenders = [1, 1, 2].map((byte, i) =>
      inProcess(
        `contender ${i}`,
        () => Uint8Array.of(byte),
        () => undefined,
      ),
    )
    const task = { id: 'odd', title: 'Odd one out', unit: 'ms', perUnit: 1, contenders } as const
    await expect(requireOneAnswer(task)).rejects.toThrow('Odd one out: contender 2 gives another answer')
  })

  it('finds one lowest nonce with 1 to 4 workers and any chunks', async () => {
    const [asked, same] = await lowestNonces()
    expect(asked?.value).toBe(24)
    expect(same?.value).toBe(24)
  })
})

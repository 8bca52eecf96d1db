/** Whatever the figures will time gives one answer, whoever computes it. */
import { requireOneAnswer } from '../../dist/measure.js'
import { allCases } from '../cases.js'
import { nextTask } from '../next-task.js'
import type { Situation } from '../situation.js'
import type { Tally } from '../tally.js'

export async function checkContenders(tally: Tally, { workers }: Situation): Promise<void> {
  const skipped = new Map<string, Set<string>>()
  for (const task of await allCases(workers !== 'refused')) {
    await tally.passes(task.title, () => requireOneAnswer(task))
    for (const contender of task.contenders) {
      if ('skipped' in contender) {
        const { name, skipped: reason } = contender
        skipped.set(reason, (skipped.get(reason) ?? new Set()).add(name))
      } else contender.close?.()
    }
    await nextTask()
  }
  for (const [reason, names] of skipped) tally.note(`skipped: ${[...names].join('; ')}: ${reason}`)
}

/** `run-groups.js SAMPLES GROUP…`: measures in this Node and prints one line of JSON for each group. */
import { groups } from './groups.js'
import { describeMachine } from './machine.js'
import { type CaseResult, measure } from './measure.js'
import type { GroupResult } from './results.js'

const [samples = '7', ...names] = process.argv.slice(2)

async function runGroup(name: string): Promise<GroupResult> {
  const group = groups.get(name)
  if (group === undefined) throw new RangeError(`no group ${name}`)
  const machine = await describeMachine()
  const facts = (await group.facts?.()) ?? []
  const cases: CaseResult[] = []
  for (const task of await group.cases()) cases.push(await measure(task, Number(samples)))
  return { group: name, machine, facts, cases }
}

for (const name of names) process.stdout.write(`${JSON.stringify(await runGroup(name))}\n`)

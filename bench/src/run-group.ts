/** `run-group.js SAMPLES GROUP`: measures in this Node and prints the result in JSON. */
import { settle } from './garbage.js'
import { groups } from './groups.js'
import { describeMachine } from './machine.js'
import { type CaseResult, measure } from './measure.js'
import type { GroupResult } from './results.js'

const [samples = '7', name = ''] = process.argv.slice(2)

async function runGroup(): Promise<GroupResult> {
  const group = groups.get(name)
  if (group === undefined) throw new RangeError(`no group ${name}`)
  const machine = await describeMachine()
  const facts = (await group.facts?.()) ?? []
  const cases: CaseResult[] = []
  for (const task of await group.cases())
    cases.push(await measure(task, { samples: Number(samples), settle }))
  return { group: name, machine, facts, cases }
}

process.stdout.write(`${JSON.stringify(await runGroup())}\n`)

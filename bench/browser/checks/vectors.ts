/** Every case of every file of vectors/seeds, by the runners that each package exports. */
import { runners as audit } from '@chartseal/audit/vectors'
import { createJsEngine, defaultEngine, type Engine } from '@chartseal/core/engine'
import { JsonObject } from '@chartseal/core/json'
import type { VectorRunners } from '@chartseal/core/vectors'
import { runners as elgamal } from '@chartseal/elgamal-session/vectors'
import { runners as ledger } from '@chartseal/emr-ledger/vectors'
import { runners as envelope } from '@chartseal/ipfs-envelope/vectors'
import { runners as keyring } from '@chartseal/kdf-keyring/vectors'
import { runners as shamir } from '@chartseal/shamir/vectors'
import { runners as wire } from '@chartseal/wire/vectors'
import { nextTask } from '../next-task.js'
import type { Tally } from '../tally.js'
import { vectorTexts } from '../vector-texts.js'

const runners: VectorRunners = {
  ...wire,
  ...keyring,
  ...shamir,
  ...audit,
  ...elgamal,
  ...ledger,
  ...envelope,
}
const parsed = new Map<string, JsonObject>()

function vectorFile(name: string): JsonObject {
  const known = parsed.get(name) ?? JsonObject.parse(vectorTexts.get(name) ?? '')
  parsed.set(name, known)
  return known
}

/** On the default engine; for files whose runners use one, on the JavaScript engine, too. */
export async function checkVectors(tally: Tally): Promise<void> {
  let cases = 0
  for (const name of vectorTexts.keys()) {
    cases += await runFile(tally, name, defaultEngine())
    await nextTask()
  }
  const js = createJsEngine()
  const usesEngine = [...Object.keys(ledger), ...Object.keys(shamir)].filter(name => vectorTexts.has(name))
  if (defaultEngine().name !== js.name) for (const name of usesEngine) await runFile(tally, name, js)
  tally.note(`${vectorTexts.size} files, ${cases} cases`)
}

async function runFile(tally: Tally, name: string, engine: Engine): Promise<number> {
  const run = runners[name]
  tally.holds(`${name}.json has a runner`, run !== undefined)
  if (run === undefined) return 0
  const file = vectorFile(name)
  const cases = file.objects('cases')
  for (const [index, testCase] of cases.entries()) {
    const title = `${name}[${index}] on the ${engine.name} engine`
    await tally.passes(title, () => run(testCase, { file, sibling: vectorFile, engine }))
  }
  return cases.length
}

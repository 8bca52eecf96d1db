/** Test vectors of C2SP/wycheproof: groups of cases, and a `schema` that says what their fields are. */
import type { Engine } from '../engine.js'
import type { JsonObject } from '../json.js'
import { agree, type FormatCase, NotApplicable, objectOf, type VectorFormat } from './case.js'

/** One case, and what its group and its file say for all of theirs. */
export interface WycheproofCase {
  readonly test: JsonObject
  readonly group: JsonObject
  readonly file: JsonObject
}

/** Returns when this build agrees with the case; throws as `agree` and `NotApplicable` do. */
export type WycheproofRunner = (testCase: WycheproofCase, engine: Engine) => void | Promise<void>

/** By schema, without the version and `.json`. */
export type WycheproofRunners = Readonly<Record<string, WycheproofRunner>>

/** Reads every file with a `schema` and `testGroups`; cases of a schema without a runner are not applicable. */
export function wycheproofFormat(runners: WycheproofRunners): VectorFormat {
  return document => {
    const file = objectOf(document)
    if (file === null || typeof file.raw('schema') !== 'string' || !file.has('testGroups')) return null
    const schema = file.text('schema').replace(/(_v\d+)?(\.json)?$/, '')
    const run = Object.hasOwn(runners, schema) ? runners[schema] : undefined
    return file.objects('testGroups').flatMap(group => casesOf(group, file, run ?? foreign))
  }
}

function casesOf(group: JsonObject, file: JsonObject, run: WycheproofRunner): readonly FormatCase[] {
  return group.objects('tests').map(test => ({
    name: `tcId ${test.count('tcId')}`,
    run: engine => run({ test, group, file }, engine),
  }))
}

const foreign: WycheproofRunner = () => {
  throw new NotApplicable('no such algorithm here')
}

/** Compares with `result`: what is `acceptable` may be answered either way. @throws Disagreement */
export function judge(test: JsonObject, accepted: boolean): void {
  const result = test.text('result')
  if (result === 'acceptable') return
  agree('the verdict', accepted ? 'valid' : 'invalid', result)
}

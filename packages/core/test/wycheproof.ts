import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { JsonObject } from '@chartseal/core/json'
import { describe, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = resolve(root, process.env['CHARTSEAL_SHARED'] ?? '../shared', 'vectors', 'wycheproof')

export type WycheproofCase = (testCase: JsonObject, group: JsonObject) => void | Promise<void>

/** One test for each case of a Wycheproof file; skipped by name where the machine does not have it. */
export function wycheproofSuite(name: string, check: WycheproofCase): void {
  const path = resolve(folder, `${name}.json`)
  describe.skipIf(!existsSync(path))(`Wycheproof ${name}`, () => {
    it.each(existsSync(path) ? casesOf(path) : [])('case $id: $comment', ({ testCase, group }) =>
      check(testCase, group),
    )
  })
}

function casesOf(path: string): { id: number; comment: string; testCase: JsonObject; group: JsonObject }[] {
  const file = JsonObject.parse(readFileSync(path, 'utf8'))
  return file.objects('testGroups').flatMap(group =>
    group.objects('tests').map(testCase => ({
      id: testCase.count('tcId'),
      comment: testCase.text('comment'),
      testCase,
      group,
    })),
  )
}

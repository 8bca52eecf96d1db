import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultEngine } from '@chartseal/core/engine'
import { wycheproof } from '@chartseal/core/primitive-vectors'
import { NotApplicable, type VectorFormat, wycheproofFormat } from '@chartseal/core/vectors'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const shared = resolve(root, process.env['CHARTSEAL_SHARED'] ?? '../shared', 'vectors')

/** One test for each case of a shared file; skipped by name where the machine does not have it. */
export function sharedVectors(file: string, format: VectorFormat = wycheproofFormat(wycheproof)): void {
  const path = resolve(shared, file)
  const cases = existsSync(path) ? (format(JSON.parse(readFileSync(path, 'utf8'))) ?? []) : []
  describe.skipIf(!existsSync(path))(file, () => {
    it('has cases', () => expect(cases.length).toBeGreaterThan(0))
    it.each(cases)('$name', async ({ run }) => {
      await unlessNotApplicable(() => run(defaultEngine()))
    })
  })
}

async function unlessNotApplicable(attempt: () => void | Promise<void>): Promise<void> {
  try {
    await attempt()
  } catch (error) {
    if (!(error instanceof NotApplicable)) throw error
  }
}

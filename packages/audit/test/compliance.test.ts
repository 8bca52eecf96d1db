import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog } from '@chartseal/core/files'
import { memoryLog } from '@chartseal/core/memory'
import { appendLogSuite } from '@chartseal/testkit'
import { afterAll } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'chartseal-audit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

appendLogSuite('in memory', async () => ({ log: memoryLog() }))

let files = 0
appendLogSuite('in a file', async () => {
  const path = join(folder, `${files++}.log`)
  const open = (): ReturnType<typeof openLog> => openLog(path, { kind: 'suite/v1' })
  return { log: await open(), reopen: open }
})

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileKeyValue, openKeyValue, openLog } from '@chartseal/core/files'
import { memoryKeyValue, memoryLog } from '@chartseal/core/memory'
import { appendLogSuite, keyValueSuite } from '@chartseal/testkit'
import { afterAll } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'chartseal-audit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
appendLogSuite('in memory', async () => ({ log: memoryLog() }))

appendLogSuite('in a file', async () => {
  const path = join(folder, `${files++}.log`)
  const open = (): ReturnType<typeof openLog> => openLog(path, { kind: 'suite/v1' })
  return { log: await open(), reopen: open }
})

keyValueSuite('in memory', async () => ({ store: memoryKeyValue() }))

keyValueSuite('in a folder', async () => {
  const path = join(folder, `${files++}`)
  mkdirSync(path)
  const store: FileKeyValue = await openKeyValue(path)
  return { store, reopen: () => store.close().then(() => openKeyValue(path)) }
})

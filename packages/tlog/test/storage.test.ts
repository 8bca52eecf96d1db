import { join } from 'node:path'
import { FaultDisk, logStorageSuite } from '@chartseal/testkit'
import { memoryStorage } from '@chartseal/tlog'
import { fileStorage } from '@chartseal/tlog/fs'
import { onDisk, realFolder } from './writer-helpers.js'

logStorageSuite('in memory', async () => memoryStorage())
logStorageSuite('in a folder', async () => fileStorage(join(realFolder(), 'log')))
logStorageSuite('in a folder, short segments', async () =>
  fileStorage(join(realFolder(), 'log'), { segmentBytes: 300, mode: 0o644 }),
)
logStorageSuite('on the disk of the testkit', async () => onDisk(new FaultDisk()))

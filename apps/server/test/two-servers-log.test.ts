import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createLogKey } from '@chartseal/clinic/fs/log'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { dataPaths } from '../dist/data-folder.js'
import { makeClinic, name16, testClinic } from './api-world.js'
import { emptyFolder } from './store-world.js'

/** A folder whose clinic was open once; `folder/before` has the log as it was then. */
async function usedClinic(): Promise<{ readonly folder: string; readonly before: string }> {
  const folder = await makeClinic()
  const before = join(emptyFolder(), 'log')
  const world = await testClinic({ folder })
  await world.clinic.close()
  cpSync(dataPaths(folder).log, before, { recursive: true })
  return { folder, before }
}

describe('the log in a data folder', () => {
  it('is refused when it is older than the store, and taken when it is the newest', async () => {
    const { folder, before } = await usedClinic()
    const { log } = dataPaths(folder)
    const { clinic, enrol, as } = await testClinic({ folder })
    const device = await enrol()
    const put = await as(device, 'PUT', `/v1/mailboxes/${device.mailbox}/${name16()}`, encodeUtf8('sealed'))
    expect(put.status).toBe(200)
    await clinic.close()
    const newest = join(emptyFolder(), 'log')
    cpSync(log, newest, { recursive: true })
    const replaceBy = (other: string): void => {
      rmSync(log, { recursive: true })
      cpSync(other, log, { recursive: true })
    }
    replaceBy(before)
    await expect(testClinic({ folder })).rejects.toMatchObject({
      code: 'clinic/log-behind',
      context: { size: 1, needed: 4 },
    })
    replaceBy(newest)
    const again = await testClinic({ folder })
    expect(again.clinic.log.size).toBe(5)
  })

  it('is refused when it is empty, though nothing but starts was in it', async () => {
    const { folder } = await usedClinic()
    rmSync(dataPaths(folder).log, { recursive: true })
    await expect(testClinic({ folder })).rejects.toMatchObject({
      code: 'clinic/log-behind',
      context: { size: 0, needed: 1 },
    })
  })

  it('is refused without its key, and under another one', async () => {
    const { folder } = await usedClinic()
    const { signingKey, log } = dataPaths(folder)
    rmSync(signingKey)
    await expect(testClinic({ folder })).rejects.toMatchObject({ code: 'clinic/no-log-key' })
    rmSync(log, { recursive: true })
    await createLogKey(signingKey, 'clinic.example/log', systemRandom)
    await expect(testClinic({ folder })).rejects.toMatchObject({ code: 'clinic/other-log' })
  })
})

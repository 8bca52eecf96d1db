import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startServer } from '../dist/clinic/server.js'
import { emptyFolder } from './run.js'

describe("the clinic's server", () => {
  it('is named with the reason when it does not start', async () => {
    const file = join(emptyFolder(), 'file')
    writeFileSync(file, '')
    const refused = startServer(join(file, 'clinic'), { env: {} })
    await expect(refused).rejects.toMatchObject({ code: 'demo/no-server' })
    await expect(refused).rejects.toThrow(/ENOTDIR|EEXIST/)
  })

  it('listens where it says, and is gone when it was stopped', async () => {
    const { address, stop } = await startServer(join(emptyFolder(), 'clinic'), { env: {} })
    try {
      expect((await fetch(`${address}/readyz`)).status).toBe(200)
    } finally {
      await stop()
    }
    await expect(fetch(`${address}/readyz`)).rejects.toThrow()
  })
})

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeClinic, testClinic } from './api-world.js'
import { run } from './command-run.js'
import { emptyFolder } from './store-world.js'

describe('a command beside the server', () => {
  it('makes no store in a folder that has none', async () => {
    for (const words of [['invite', '--role', 'patient'], ['doctor']]) {
      const folder = join(emptyFolder(), 'wrong')
      expect(await run(...words, '--data', folder)).toMatchObject({
        code: 1,
        err: expect.stringContaining('clinic/missing'),
      })
      expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
    }
  })

  it('leaves the tables of an older server as they are', async () => {
    const folder = await makeClinic()
    const { clinic } = await testClinic({ folder })
    const { sql } = await import('kysely')
    const { db } = Object(clinic.store)
    await sql`delete from kysely_migration where name like '%shares'`.execute(db)
    await clinic.close()
    const invited = await run('invite', '--role', 'patient', '--data', folder)
    expect(invited).toMatchObject({ code: 1, err: expect.stringContaining('store/older-version') })
  })

  it('refuses a database for what is made to be tried out', async () => {
    for (const mode of ['--dev', '--demo']) {
      const { code, err } = await run(
        'serve',
        mode,
        '--port',
        '0',
        '--database-url',
        'postgres://localhost/x',
      )
      expect([code, err]).toEqual([2, expect.stringContaining('config/value')])
    }
  })
})

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { moveStore, refuseDifference } from '../dist/commands/move-store.js'
import { dataPaths, takeDataFolder } from '../dist/data-folder.js'
import { copyRows } from '../dist/store/copy.js'
import { newClinic, ports, withStore } from './clinic-world.js'
import { emptyFolder, emptyTarget, engine } from './store-world.js'

describe(`moving a store from ${engine}`, () => {
  it('takes everything along, and closes the old one', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a', 'b')
    const to = await emptyTarget()
    const counts = await moveStore({ data: clinic.data, from: clinic.target, to, ...ports })
    expect(counts).toMatchObject({ messages: 2, openings: 2, opening_parties: 2, devices: 1, boxes: 1 })
    expect(await clinic.waiting(to)).toEqual(['a', 'b'])
    await expect(clinic.waiting()).rejects.toMatchObject({ code: 'store/moved' })
    // And back, into a new file.
    const file = join(emptyFolder(), 'back.db')
    await moveStore({ data: clinic.data, from: to, to: { file }, ...ports })
    expect(await clinic.waiting({ file })).toEqual(['a', 'b'])
  })

  it('refuses a target that holds something, and leaves both as they were', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const to = await emptyTarget()
    await withStore(to, store => store.settings.set('clinic', 'another'))
    await expect(moveStore({ data: clinic.data, from: clinic.target, to, ...ports })).rejects.toMatchObject({
      code: 'store/not-empty',
    })
    expect(await clinic.waiting()).toEqual(['a'])
    expect(await clinic.waiting(to)).toEqual([])
  })

  it('never leaves two that open, and is finished by the same command after a kill', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const to = await emptyTarget()
    const options = { data: clinic.data, from: clinic.target, to, ...ports }
    const name = engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'
    // Killed behind the copy: the old one goes on, the new one opens to nobody.
    await withStore(clinic.target, source =>
      withStore(to, target => copyRows(source.db, target.db, { name: 'store-arriving', value: name })),
    )
    await expect(clinic.waiting(to)).rejects.toMatchObject({ code: 'store/arriving' })
    expect(await clinic.waiting()).toEqual(['a'])
    await expect(moveStore(options)).rejects.toMatchObject({ code: 'store/not-empty' })
    // Killed behind the closing of the old one: neither opens before the move is finished.
    await withStore(clinic.target, source => source.settings.set('store-moved', name))
    await expect(clinic.waiting()).rejects.toMatchObject({ code: 'store/moved' })
    expect(await moveStore(options)).toMatchObject({ messages: 1 })
    expect(await clinic.waiting(to)).toEqual(['a'])
    await expect(clinic.waiting()).rejects.toMatchObject({ code: 'store/moved' })
    await expect(moveStore(options)).rejects.toMatchObject({ code: 'store/moved' })
  })

  it('refuses when somebody wrote meanwhile', async () => {
    expect(() => refuseDifference({ messages: 3, boxes: 1 }, { messages: 3, boxes: 1 })).not.toThrow()
    const differs = async () => refuseDifference({ messages: 4, boxes: 1 }, { messages: 3, boxes: 1 })
    await expect(differs()).rejects.toMatchObject({
      code: 'move/incomplete',
      context: { table: 'messages', rows: 4, copied: 3 },
    })
    expect(() => refuseDifference({ boxes: 1 }, {})).toThrow('The table boxes has 1 rows and 0 were copied')
  })

  it('refuses while a server owns the data folder, and says which process', async () => {
    const clinic = await newClinic()
    const held = await takeDataFolder(clinic.data)
    const to = await emptyTarget()
    const options = { data: clinic.data, from: clinic.target, to, ...ports }
    await expect(moveStore(options)).rejects.toMatchObject({
      code: 'data-folder/in-use',
      context: { folder: clinic.data, pid: process.pid },
    })
    await held.check()
    await held.release()
    await moveStore(options)
    expect(dataPaths(clinic.data).folder).toBe(clinic.data)
  })
})

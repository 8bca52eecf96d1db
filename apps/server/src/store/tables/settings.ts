import type { Settings } from '../port.js'
import type { Unit } from '../unit.js'
import { checkId } from '../values.js'

/** Set by a restore: what was stored after the backup is not here. */
export const restoredSetting = 'restored'

export function settingsIn(unit: Unit): Settings {
  const get = (name: string): Promise<string | null> =>
    unit.alone(async db => {
      const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst()
      return row?.value ?? null
    })
  return {
    get,
    async set(name, value) {
      const row = { name: checkId(name), value }
      await unit.alone(db =>
        db
          .insertInto('settings')
          .values(row)
          .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
          .execute(),
      )
    },
    async settle(name, value) {
      const row = { name: checkId(name), value }
      await unit.alone(db =>
        db
          .insertInto('settings')
          .values(row)
          .onConflict(conflict => conflict.column('name').doNothing())
          .execute(),
      )
      return (await get(name)) ?? value
    },
  }
}

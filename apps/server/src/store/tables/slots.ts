import { equal } from '@chartseal/core/bytes'
import type { Kysely } from 'kysely'
import type { Put, SlotStep, Slots } from '../port.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, ownBytes } from '../values.js'

export function slotsIn(unit: Unit): Slots {
  return {
    put: (step, nowMs, limits) =>
      unit.together(async (db, tell) => {
        checkId(step.slot)
        checkId(step.step)
        const found = await putAlready(db, step, nowMs)
        if (found !== null) return found
        if ((await othersIn(db, step, nowMs)) >= limits.steps) return 'full'
        if ((await allIn(db)) >= limits.all) return 'all-full'
        await replaceStep(db, step)
        tell({ kind: 'slot', slot: step.slot })
        return 'stored'
      }, 'serial'),
    async take(slot, step, nowMs) {
      const taken = await unit.alone(db =>
        db
          .updateTable('slots')
          .set({ taken: 1 })
          .where('slot', '=', slot)
          .where('step', '=', step)
          .where('taken', '=', 0)
          .where('expires_ms', '>', nowMs)
          .returning('bytes')
          .executeTakeFirst(),
      )
      if (taken !== undefined) return ownBytes(taken.bytes)
      const found = await unit.alone(db => stepIn(db, { slot, step }, nowMs))
      // One that came between the two statements is there and was not taken: whoever waits is told of it.
      return found?.taken === 1 ? 'taken' : 'missing'
    },
  }
}

type StepName = Pick<SlotStep, 'slot' | 'step'>

function stepIn(
  db: Kysely<Schema>,
  { slot, step }: StepName,
  nowMs: number,
): Promise<{ bytes: Uint8Array; taken: number } | undefined> {
  const query = db
    .selectFrom('slots')
    .select(['bytes', 'taken'])
    .where('slot', '=', slot)
    .where('step', '=', step)
  return query.where('expires_ms', '>', nowMs).executeTakeFirst()
}

async function putAlready(db: Kysely<Schema>, step: SlotStep, nowMs: number): Promise<Put | null> {
  const found = await stepIn(db, step, nowMs)
  if (found === undefined) return null
  return equal(ownBytes(found.bytes), step.bytes) ? 'same' : 'conflict'
}

async function othersIn(db: Kysely<Schema>, { slot, step }: StepName, nowMs: number): Promise<number> {
  const query = db.selectFrom('slots').select(one => one.fn.countAll<number>().as('count'))
  const { count } = await query
    .where('slot', '=', slot)
    .where('step', '<>', step)
    .where('expires_ms', '>', nowMs)
    .executeTakeFirstOrThrow()
  return count
}

/** Expired ones too, as they take room until they are purged within a minute. */
async function allIn(db: Kysely<Schema>): Promise<number> {
  const query = db.selectFrom('slots').select(one => one.fn.countAll<number>().as('count'))
  return (await query.executeTakeFirstOrThrow()).count
}

/** One that has expired may still be there. */
async function replaceStep(db: Kysely<Schema>, { slot, step, expiresMs, bytes }: SlotStep): Promise<void> {
  const fresh = { expires_ms: expiresMs, taken: 0, bytes }
  await db
    .insertInto('slots')
    .values({ slot, step, ...fresh })
    .onConflict(conflict => conflict.columns(['slot', 'step']).doUpdateSet(fresh))
    .execute()
}

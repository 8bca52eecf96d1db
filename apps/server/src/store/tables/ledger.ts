import { encodeHex } from '@chartseal/core/encoding'
import {
  decodeHeader,
  type IndexChange,
  type IndexedBlock,
  type IndexedRecord,
  type IndexHead,
  type LedgerIndex,
  type Note,
  type NoteChange,
  type TreeNode,
} from '@chartseal/emr-ledger'
import { type Kysely, type Selectable, sql } from 'kysely'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, ownBytes } from '../values.js'
import { inParts } from './parts.js'

/** @param require in each transaction, before anything changes */
export function ledgerIn(
  unit: Unit,
  require: (db: Kysely<Schema>) => Promise<void> = () => Promise.resolve(),
): LedgerIndex {
  let last: Promise<unknown> = Promise.resolve()
  /** Writes take effect in the order of the calls. */
  const inOrder = (work: (db: Kysely<Schema>) => Promise<void>): Promise<void> => {
    const step = async (db: Kysely<Schema>): Promise<void> => {
      await require(db)
      await work(db)
    }
    const mine = last.then(() => unit.together(step))
    last = mine.catch(() => undefined)
    return mine
  }
  return {
    write: change => inOrder(db => write(db, change)),
    node: async hash => (await nodesOf(unit, [hash]))[0] ?? null,
    nodes: hashes => nodesOf(unit, hashes),
    block: id =>
      unit.alone(async db => {
        const [row] = await blockOf(db, id)
        return row === undefined ? null : indexed(row)
      }),
    blocksFrom: (height, limit) => unit.alone(db => blocksFrom(db, height, limit)),
    followed: (height, limit) => unit.alone(db => followed(db, height, limit)),
    record: txid =>
      unit.alone(async db => {
        const rows = await placesOf(db, txid)
        return rows.map(({ block, place }) => ({ block: ownBytes(block), place }))
      }),
    note: name =>
      unit.alone(async db => {
        const row = db.selectFrom('ledger_notes').select('value').where('name', '=', name)
        const found = await row.executeTakeFirst()
        return found === undefined ? null : ownBytes(found.value)
      }),
    notes: prefix => unit.alone(db => notesFrom(db, prefix)),
    head: () => unit.alone(head),
    clear: () =>
      inOrder(async db => {
        for (const table of rebuilt) await db.deleteFrom(table).execute()
      }),
  }
}

/** What the blocks can make again. */
const rebuilt = ['ledger_head', 'ledger_followed', 'ledger_blocks', 'ledger_nodes', 'ledger_records'] as const

const blockOf = prepared((db, id: Uint8Array) =>
  db.selectFrom('ledger_blocks').selectAll().where('id', '=', id),
)
const placesOf = prepared((db, txid: Uint8Array) =>
  db.selectFrom('ledger_records').select(['block', 'place']).where('txid', '=', txid).orderBy('block'),
)

async function nodesOf(unit: Unit, hashes: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]> {
  const found = new Map<string, Uint8Array>()
  for (const part of inParts(hashes)) {
    const rows = await unit.alone(db =>
      db.selectFrom('ledger_nodes').selectAll().where('hash', 'in', part).execute(),
    )
    for (const { hash, bytes } of rows) found.set(encodeHex(hash), ownBytes(bytes))
  }
  return hashes.map(hash => found.get(encodeHex(hash)) ?? null)
}

async function write(db: Kysely<Schema>, change: IndexChange): Promise<void> {
  const { blocks = [], nodes = [], dropped = [], records = [], notes = [] } = change
  for (const hashes of inParts(dropped))
    await db.deleteFrom('ledger_nodes').where('hash', 'in', hashes).execute()
  for (const part of inParts(nodes)) await putNodes(db, part)
  for (const part of inParts(blocks)) await putBlocks(db, part)
  for (const part of inParts(records)) await putRecords(db, part)
  if (change.followed !== undefined) await follow(db, change.followed)
  for (const one of notes) await putNote(db, one)
  await putHead(db, change)
}

async function putNodes(db: Kysely<Schema>, nodes: readonly TreeNode[]): Promise<void> {
  const rows = nodes.map(({ hash, bytes }) => ({ hash, bytes }))
  const put = db.insertInto('ledger_nodes').values(rows)
  await put.onConflict(conflict => conflict.doNothing()).execute()
}

async function putRecords(db: Kysely<Schema>, records: readonly IndexedRecord[]): Promise<void> {
  const rows = records.map(({ txid, block, place }) => ({ txid, block, place }))
  const put = db.insertInto('ledger_records').values(rows)
  await put.onConflict(conflict => conflict.doNothing()).execute()
}

async function putBlocks(db: Kysely<Schema>, blocks: readonly IndexedBlock[]): Promise<void> {
  const rows = blocks.map(({ id, header, entry, weight }) => {
    return { id, height: safe(header.height), entry, weight: `${weight}`, header: header.bytes }
  })
  await db
    .insertInto('ledger_blocks')
    .values(rows)
    .onConflict(conflict =>
      conflict.column('id').doUpdateSet(set => ({
        entry: set.ref('excluded.entry'),
        weight: set.ref('excluded.weight'),
      })),
    )
    .execute()
}

async function follow(
  db: Kysely<Schema>,
  { from, ids }: NonNullable<IndexChange['followed']>,
): Promise<void> {
  const first = safe(from)
  await db.deleteFrom('ledger_followed').where('height', '>=', first).execute()
  const rows = ids.map((id, i) => ({ height: first + i, id }))
  for (const part of inParts(rows)) await db.insertInto('ledger_followed').values(part).execute()
}

async function putNote(db: Kysely<Schema>, { name, value }: NoteChange): Promise<void> {
  if (value === null) {
    await db.deleteFrom('ledger_notes').where('name', '=', name).execute()
    return
  }
  const put = db.insertInto('ledger_notes').values({ name: checkId(name), value })
  await put.onConflict(conflict => conflict.column('name').doUpdateSet({ value })).execute()
}

const none = new Uint8Array(0)

async function putHead(db: Kysely<Schema>, { tip, final, entries }: IndexChange): Promise<void> {
  if (tip === undefined && final === undefined && entries === undefined) return
  const given = {
    ...(tip === undefined ? {} : { tip }),
    ...(final === undefined ? {} : { final }),
    ...(entries === undefined ? {} : { entries }),
  }
  const first = { one: 1, tip: none, final: none, entries: 0, ...given }
  const put = db.insertInto('ledger_head').values(first)
  await put.onConflict(conflict => conflict.column('one').doUpdateSet(given)).execute()
}

async function head(db: Kysely<Schema>): Promise<IndexHead | null> {
  const row = await db.selectFrom('ledger_head').selectAll().executeTakeFirst()
  if (row === undefined || row.tip.length === 0) return null
  return { tip: ownBytes(row.tip), final: ownBytes(row.final), entries: row.entries }
}

async function blocksFrom(
  db: Kysely<Schema>,
  height: bigint,
  limit: number,
): Promise<readonly IndexedBlock[]> {
  if (!isSafe(height)) return []
  const from = db.selectFrom('ledger_blocks').selectAll().where('height', '>=', safe(height))
  const rows = await from.orderBy('height').orderBy('entry').limit(limit).execute()
  return rows.map(indexed)
}

async function followed(db: Kysely<Schema>, height: bigint, limit: number): Promise<readonly IndexedBlock[]> {
  if (!isSafe(height)) return []
  const rows = await db
    .selectFrom('ledger_followed')
    .innerJoin('ledger_blocks', 'ledger_blocks.id', 'ledger_followed.id')
    .selectAll('ledger_blocks')
    .where('ledger_followed.height', '>=', safe(height))
    .orderBy('ledger_followed.height')
    .limit(limit)
    .execute()
  return rows.map(indexed)
}

async function notesFrom(db: Kysely<Schema>, prefix: string): Promise<readonly Note[]> {
  const all = db.selectFrom('ledger_notes').selectAll()
  const begins = sql<boolean>`substr(name, 1, ${prefix.length}) = ${prefix}`
  const rows = await all.where(begins).orderBy('name').execute()
  return rows.map(({ name, value }) => ({ name, value: ownBytes(value) }))
}

const isSafe = (height: bigint): boolean => height <= BigInt(Number.MAX_SAFE_INTEGER)

/** @throws RangeError for a height that no chain gets to */
function safe(height: bigint): number {
  if (!isSafe(height)) throw new RangeError('a height must be below 2^53')
  return Number(height)
}

function indexed({ id, header, entry, weight }: Selectable<Schema['ledger_blocks']>): IndexedBlock {
  return { id: ownBytes(id), header: decodeHeader(ownBytes(header)), entry, weight: BigInt(weight) }
}

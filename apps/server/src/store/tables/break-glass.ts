import { equal } from '@chartseal/core/bytes'
import { type Kysely, type Selectable, sql } from 'kysely'
import type {
  BreakGlass,
  CustodyCard,
  EmergencyIntent,
  EmergencyMark,
  EmergencyPut,
  NewEmergency,
  NewEmergencySet,
  Put,
  QueuePage,
  StoredEmergency,
  StoredEmergencyEvent,
  StoredEmergencySet,
} from '../port.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, checkLimit, ownBytes } from '../values.js'

export function breakGlassIn(unit: Unit): BreakGlass {
  return {
    putCard: card => unit.together(db => putCard(db, card), 'serial'),
    cards: page => unit.alone(db => cards(db, page)),
    putSet: set => unit.together(db => putSet(db, set), 'serial'),
    findSet: id => unit.alone(db => setWhere(db, 'id', id)),
    findSetByHash: hash => unit.alone(db => setWhere(db, 'hash', hash)),
    sets: page => unit.alone(db => sets(db, page)),
    hasNewerSet: ({ package: id, owner, position }) =>
      unit.alone(async db => {
        const sets = db.selectFrom('emergency_sets').select('id').where('package', '=', id)
        const later = sets.where('owner', '=', owner)
        return (await later.where('position', '>', position).limit(1).executeTakeFirst()) !== undefined
      }),
    lastDrill: () => unit.alone(lastDrill),
    ask: (emergency, first) => unit.together(db => ask(db, emergency, first), 'serial'),
    find: id => unit.alone(db => find(db, id)),
    partiesOf: id => unit.alone(db => partiesOf(db, id)),
    undecided: (requester, nowMs) => unit.alone(db => undecided(db, requester, nowMs)),
    askedSince: (requester, sinceMs) => unit.alone(db => askedSince(db, requester, sinceMs)),
    events: id => unit.alone(db => events(db, id)),
    addEvent: (event, mark) => unit.together(db => addEvent(db, event, mark), 'serial'),
    intend: intent => unit.together(db => intend(db, intent), 'serial'),
    intents: about => unit.alone(db => intents(db, about)),
    entriesFrom: page => unit.alone(db => entriesFrom(db, page)),
    announce: id => unit.together(async (_db, tell) => tell({ kind: 'emergency', id })),
    dropIntent: hash =>
      unit.alone(async db => {
        await db.deleteFrom('emergency_intents').where('hash', '=', hash).execute()
      }),
    queue: page => unit.alone(db => queue(db, page)),
  }
}

async function putCard(db: Kysely<Schema>, { kid, atMs, bytes, nowMs }: CustodyCard): Promise<Put> {
  const known = await db.selectFrom('custody_cards').selectAll().where('kid', '=', kid).executeTakeFirst()
  if (known !== undefined && equal(ownBytes(known.bytes), bytes)) return 'same'
  if (known !== undefined && known.at_ms >= atMs) return 'conflict'
  const row = { at_ms: atMs, stored_ms: nowMs, bytes }
  const inserting = db.insertInto('custody_cards').values({ kid: checkId(kid), ...row })
  await inserting.onConflict(conflict => conflict.column('kid').doUpdateSet(row)).execute()
  return 'stored'
}

async function cards(
  db: Kysely<Schema>,
  { afterKid = '', limit }: { readonly afterKid?: string; readonly limit: number },
): Promise<readonly (CustodyCard & { readonly role: string })[]> {
  const rows = await db
    .selectFrom('custody_cards')
    .innerJoin('devices', 'devices.kid', 'custody_cards.kid')
    .select(['custody_cards.kid', 'custody_cards.at_ms', 'custody_cards.stored_ms', 'custody_cards.bytes'])
    .select('devices.role')
    .where('devices.ended_ms', 'is', null)
    .where('custody_cards.kid', '>', afterKid)
    .orderBy('custody_cards.kid')
    .limit(checkLimit(limit))
    .execute()
  return rows.map(row => ({
    kid: row.kid,
    atMs: row.at_ms,
    bytes: ownBytes(row.bytes),
    nowMs: row.stored_ms,
    role: row.role,
  }))
}

/** One more than the newest that is there. */
async function nextPosition(
  db: Kysely<Schema>,
  table: 'emergency_sets' | 'emergencies' | 'emergency_intents',
): Promise<number> {
  const newest = db.selectFrom(table).select('position').orderBy('position', 'desc').limit(1)
  return ((await newest.executeTakeFirst())?.position ?? 0) + 1
}

async function putSet(db: Kysely<Schema>, set: NewEmergencySet): Promise<Put> {
  const known = await setWhere(db, 'id', set.id)
  if (known !== null) return known.hash === set.hash ? 'same' : 'conflict'
  const { id, hash, owner, patient, package: packageId, version, payload, bytes } = set
  await db
    .insertInto('emergency_sets')
    .values({
      id: checkId(id),
      hash: checkId(hash),
      position: await nextPosition(db, 'emergency_sets'),
      owner: checkId(owner),
      patient: patient === '' ? '' : checkId(patient),
      package: checkId(packageId),
      version,
      payload: payload === '' ? '' : checkId(payload),
      is_drill: set.isDrill ? 1 : 0,
      stored_ms: set.nowMs,
      bytes,
    })
    .execute()
  const parties = new Set([owner, patient, ...set.custodians].filter(kid => kid !== ''))
  for (const kid of parties)
    await db
      .insertInto('emergency_set_parties')
      .values({ emergency_set: id, kid: checkId(kid) })
      .execute()
  return 'stored'
}

async function setWhere(
  db: Kysely<Schema>,
  column: 'id' | 'hash',
  value: string,
): Promise<StoredEmergencySet | null> {
  const row = await db.selectFrom('emergency_sets').selectAll().where(column, '=', value).executeTakeFirst()
  return row === undefined ? null : setOf(row)
}

function setOf(row: Selectable<Schema['emergency_sets']>): StoredEmergencySet {
  const { id, hash, position, owner, patient, version, payload } = row
  const rest = { isDrill: row.is_drill === 1, storedMs: row.stored_ms, bytes: ownBytes(row.bytes) }
  return { id, hash, position, owner, patient, package: row.package, version, payload, ...rest }
}

async function sets(
  db: Kysely<Schema>,
  { after = 0, limit, party }: QueuePage,
): Promise<readonly StoredEmergencySet[]> {
  const behind = db.selectFrom('emergency_sets').selectAll().where('position', '>', after)
  const own = db
    .selectFrom('emergency_set_parties')
    .select('emergency_set')
    .where('kid', '=', party ?? '')
  const asked = party === undefined ? behind : behind.where('id', 'in', own)
  const rows = await asked.orderBy('position').limit(checkLimit(limit)).execute()
  return rows.map(setOf)
}

async function ask(db: Kysely<Schema>, emergency: NewEmergency, first: StoredEmergencyEvent): Promise<Put> {
  const { id, set, requester, decideByMs, accessUntilMs, parties } = emergency
  if ((await find(db, id)) !== null) {
    const [known] = await events(db, id)
    return known?.hash === first.hash ? 'same' : 'conflict'
  }
  await db
    .insertInto('emergencies')
    .values({
      id: checkId(id),
      position: await nextPosition(db, 'emergencies'),
      emergency_set: set,
      requester: checkId(requester),
      decide_by_ms: decideByMs,
      access_until_ms: accessUntilMs,
      opened_ms: null,
      closed_ms: null,
      is_settled: 0,
      is_void: (await wasTakenBefore(db, id)) ? 1 : 0,
    })
    .execute()
  for (const kid of new Set(parties))
    await db
      .insertInto('emergency_parties')
      .values({ emergency: id, kid: checkId(kid) })
      .execute()
  await insertEvent(db, first)
  return 'stored'
}

/** Requests that a restore found taken and not in the queue yet, by a blank. */
const takenSetting = 'restored-emergencies'

/** Before the store was restored: what came of it since is lost. */
async function wasTakenBefore(db: Kysely<Schema>, id: string): Promise<boolean> {
  const taken = db.selectFrom('settings').select('value').where('name', '=', takenSetting)
  return ((await taken.executeTakeFirst())?.value ?? '').split(' ').includes(id)
}

async function insertEvent(db: Kysely<Schema>, event: StoredEmergencyEvent): Promise<void> {
  const { request, number, kind, by, hash, role, isOfficer, opening, bytes, nowMs } = event
  const about = { emergency: request, number, kind, by_kid: checkId(by), hash: checkId(hash) }
  const row = { ...about, role, is_officer: isOfficer ? 1 : 0, opening }
  await db
    .insertInto('emergency_events')
    .values({ ...row, stored_ms: nowMs, bytes })
    .execute()
}

async function find(db: Kysely<Schema>, id: string): Promise<StoredEmergency | null> {
  const row = await db.selectFrom('emergencies').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : emergencyOf(row)
}

function emergencyOf(row: Selectable<Schema['emergencies']>): StoredEmergency {
  return {
    id: row.id,
    position: row.position,
    set: row.emergency_set,
    requester: row.requester,
    decideByMs: row.decide_by_ms,
    accessUntilMs: row.access_until_ms,
    isVoid: row.is_void === 1,
  }
}

async function lastDrill(db: Kysely<Schema>): Promise<StoredEmergency | null> {
  const row = await db
    .selectFrom('emergencies')
    .innerJoin('emergency_sets', 'emergency_sets.id', 'emergencies.emergency_set')
    .selectAll('emergencies')
    .where('emergency_sets.is_drill', '=', 1)
    .where('emergencies.opened_ms', 'is not', null)
    .orderBy('emergencies.position', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : emergencyOf(row)
}

async function partiesOf(db: Kysely<Schema>, id: string): Promise<readonly string[]> {
  const parties = db.selectFrom('emergency_parties').select('kid').where('emergency', '=', id)
  return (await parties.orderBy('kid').execute()).map(({ kid }) => kid)
}

async function undecided(db: Kysely<Schema>, requester: string, nowMs: number): Promise<number> {
  const all = db.selectFrom('emergencies').select(one => one.fn.countAll<number>().as('count'))
  const own = all.where('requester', '=', requester).where('is_settled', '=', 0).where('is_void', '=', 0)
  return (await own.where('decide_by_ms', '>', nowMs).executeTakeFirstOrThrow()).count
}

async function askedSince(db: Kysely<Schema>, requester: string, sinceMs: number): Promise<number> {
  const firsts = db
    .selectFrom('emergencies')
    .innerJoin('emergency_events', 'emergency_events.emergency', 'emergencies.id')
    .select(one => one.fn.countAll<number>().as('count'))
    .where('emergency_events.number', '=', 0)
  const own = firsts.where('requester', '=', requester).where('emergency_events.stored_ms', '>=', sinceMs)
  return (await own.executeTakeFirstOrThrow()).count
}

async function events(db: Kysely<Schema>, id: string): Promise<readonly StoredEmergencyEvent[]> {
  const all = db.selectFrom('emergency_events').selectAll().where('emergency', '=', id)
  const rows = await all.orderBy('number').execute()
  return rows.map(row => ({
    request: row.emergency,
    number: row.number,
    kind: row.kind,
    by: row.by_kid,
    hash: row.hash,
    role: row.role,
    isOfficer: row.is_officer === 1,
    opening: row.opening,
    bytes: ownBytes(row.bytes),
    nowMs: row.stored_ms,
  }))
}

async function addEvent(
  db: Kysely<Schema>,
  event: StoredEmergencyEvent,
  { openedMs, closedMs, isSettled }: EmergencyMark,
): Promise<EmergencyPut> {
  const there = await events(db, event.request)
  const same = there.find(({ hash }) => hash === event.hash)
  if (same !== undefined) return 'same'
  if (there.length !== event.number || event.number === 0) return 'gap'
  await insertEvent(db, event)
  const mark = {
    ...(openedMs === undefined ? {} : { opened_ms: openedMs }),
    ...(closedMs === undefined ? {} : { closed_ms: closedMs }),
    ...(isSettled === true ? { is_settled: 1 } : {}),
  }
  if (Object.keys(mark).length > 0)
    await db.updateTable('emergencies').set(mark).where('id', '=', event.request).execute()
  return 'stored'
}

async function intend(db: Kysely<Schema>, intent: EmergencyIntent): Promise<void> {
  const { hash, about, kind, role, isOfficer, bytes, leaf, salt, entry, nowMs } = intent
  const known = db.selectFrom('emergency_intents').select('hash').where('hash', '=', hash)
  if ((await known.executeTakeFirst()) !== undefined) return
  const position = await nextPosition(db, 'emergency_intents')
  const row = { hash: checkId(hash), position, about: checkId(about), kind, role }
  await db
    .insertInto('emergency_intents')
    .values({ ...row, is_officer: isOfficer ? 1 : 0, bytes, leaf, salt, entry, stored_ms: nowMs })
    .execute()
}

async function intents(db: Kysely<Schema>, about?: string): Promise<readonly EmergencyIntent[]> {
  const all = db.selectFrom('emergency_intents').selectAll()
  const asked = about === undefined ? all : all.where('about', '=', about)
  const rows = await asked.orderBy('position').execute()
  return rows.map(({ hash, kind, role, about: of, ...row }) => ({
    hash,
    about: of,
    kind,
    role,
    isOfficer: row.is_officer === 1,
    bytes: ownBytes(row.bytes),
    leaf: ownBytes(row.leaf),
    salt: ownBytes(row.salt),
    entry: ownBytes(row.entry),
    nowMs: row.stored_ms,
  }))
}

async function entriesFrom(
  db: Kysely<Schema>,
  { log, from, limit }: Parameters<BreakGlass['entriesFrom']>[0],
): ReturnType<BreakGlass['entriesFrom']> {
  const rows = await db
    .selectFrom('openings')
    .innerJoin('emergency_events', 'emergency_events.opening', 'openings.id')
    .select(['emergency_events.emergency', 'openings.leaf_index'])
    .where('openings.log', '=', log)
    .where('openings.leaf_index', '>=', from)
    .orderBy('openings.leaf_index')
    .limit(checkLimit(limit))
    .execute()
  return rows.map(row => ({ id: row.emergency, leafIndex: row.leaf_index }))
}

async function queue(
  db: Kysely<Schema>,
  { after = 0, limit, party }: QueuePage,
): Promise<readonly StoredEmergency[]> {
  const behind = db.selectFrom('emergencies').selectAll().where('position', '>', after)
  const own = db
    .selectFrom('emergency_parties')
    .select('emergency')
    .where('kid', '=', party ?? '')
  const asked = party === undefined ? behind : behind.where('id', 'in', own)
  const rows = await asked.orderBy('position').limit(checkLimit(limit)).execute()
  return rows.map(emergencyOf)
}

/**
 * Blocks of a record that was opened in an emergency, for who opened it, while that lasts. Anybody can make a set that names
 * a package: only those of its owner count.
 */
export async function isOpenedFor(
  db: Kysely<Schema>,
  cid: string,
  kid: string,
  nowMs: number,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from package_blocks join emergency_sets on emergency_sets.package = package_blocks.package
      and emergency_sets.payload = package_blocks.root
    join packages on packages.id = package_blocks.package and packages.owner = emergency_sets.owner
    join emergencies on emergencies.emergency_set = emergency_sets.id
    where package_blocks.cid = ${cid} and emergencies.requester = ${kid} and emergencies.is_void = 0
      and emergencies.opened_ms is not null and emergencies.closed_ms is null
      and emergencies.access_until_ms > ${nowMs}
    limit 1`.execute(db)
  return rows.length > 0
}

/**
 * After a restore: what was said since is lost, a denial or an end with it. All that were not closed, as the clock of a new
 * machine may be wrong. Gives how many may have gone on.
 */
export async function voidEmergencies(db: Kysely<Schema>, nowMs: number): Promise<number> {
  const taken = await db
    .selectFrom('emergency_intents')
    .select('about')
    .where('kind', '=', 'request')
    .execute()
  const value = taken.map(({ about }) => about).join(' ')
  const row = { name: takenSetting, value }
  const noting = db.insertInto('settings').values(row)
  await noting.onConflict(conflict => conflict.column('name').doUpdateSet({ value })).execute()
  const going = db.updateTable('emergencies').set({ is_void: 1 }).where('is_void', '=', 0)
  const ended = await going.where('closed_ms', 'is', null).returning('access_until_ms').execute()
  return ended.filter(({ access_until_ms: untilMs }) => untilMs > nowMs).length
}

import { auditLeafRules } from '@chartseal/audit'
/** Step: an outsider verifies the audit log of the story, the patient gets a receipt, and is forgotten. */

import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type AuditRecord,
  encodeRecord,
  openLeaf,
  openReceipt,
  receipt,
  type ScanResult,
} from '@chartseal/audit'
import { auditFolderPaths, readAuditKeys, readEntries } from '@chartseal/clinic/fs/audit'
import { equal } from '@chartseal/core/bytes'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { type TileSource, verifyLog } from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import type { Trail } from '../trail.js'
import { count, grouped } from '../words.js'
import type { World } from '../world.js'
import { attackLog } from './audit-attacks.js'
import type { People } from './keys.js'

export async function listAuditLog(stage: Stage, world: World, { trail, patient }: People): Promise<void> {
  await trail.close()
  const source = folderSource(auditFolderPaths(trail).log)
  await checkEntries(stage, trail)
  await checkOutsider(stage, trail, source)
  const kept = decodeUtf8(present(await source.read('checkpoint')))
  const text = await checkReceipt(stage, trail, source, `Patient/${patient.id}`)
  await keep(world, text)
  await attackLog(stage, world, trail, { kept, receiptText: text })
  await checkForgetting(stage, world, trail, { kept, receiptText: text, patient: `Patient/${patient.id}` })
}

async function keep({ shelf }: World, receiptText: string): Promise<void> {
  shelf.name({ name: 'audit', about: 'the audit log of this story', look: 'audit verify ./audit' })
  shelf.name({
    name: 'audit.keys',
    about: "the log's own keys, which no backup holds",
    look: 'audit list ./audit',
  })
  shelf.name({
    name: 'backup',
    about: 'the same, from before the patient was forgotten; it opens nothing any more',
    look: 'audit list ./backup --keys ./audit.keys',
  })
  await shelf.put({ name: 'receipt.txt', about: "proof of the log's entry 1" }, receiptText)
}

async function entriesOf({ folder }: Trail): Promise<readonly ScanResult[]> {
  const entries: ScanResult[] = []
  for await (const entry of readEntries({ folder })) entries.push(entry)
  return entries
}

async function checkEntries(stage: Stage, trail: Trail): Promise<void> {
  const entries = await entriesOf(trail)
  for (const entry of entries) if (entry.kind === 'entry') stage.note(described(entry.record))
  const same = entries.every((entry, i) => entry.kind === 'entry' && isSame(entry.record, trail.records[i]))
  stage.check(
    `${count(entries.length, 'entry', 'entries')} read back from the disk, each as it was written`,
    same && entries.length === trail.records.length,
  )
}

function described({ at, actor, detail }: AuditRecord): string {
  return `${new Date(at).toISOString()}  ${actor}: ${detail.text}`
}

function isSame(one: AuditRecord, other: AuditRecord | undefined): boolean {
  return other !== undefined && equal(encodeRecord(one), encodeRecord(other))
}

async function checkOutsider(stage: Stage, { trust, records }: Trail, source: TileSource): Promise<void> {
  const { checkpoint, findings } = await verifyLog(source, { ...trust, rules: auditLeafRules })
  const names = checkpoint?.witnesses.length ?? 0
  stage.note(`The last checkpoint is signed by the log and by ${count(names, 'witness', 'witnesses')}`)
  stage.check(
    'an outsider without any key verifies every entry, every tile and the signatures',
    findings.length === 0 && checkpoint?.size === records.length,
    findings[0]?.message ?? null,
  )
}

/** Gives the text of the receipt. */
async function checkReceipt(
  stage: Stage,
  { folder, trust }: Trail,
  source: TileSource,
  patient: string,
): Promise<string> {
  const text = await receipt(source, 1, trust)
  using key = await (await readAuditKeys({ folder })).keyOf(patient)
  const { index, leaf, checkpoint } = openReceipt(text, trust)
  const record = openLeaf(key, checkpoint.origin, leaf)
  stage.note(
    `The patient is handed a receipt of ${grouped(text.length)} characters, and the key to what it says`,
  )
  stage.check(
    'the patient checks it offline, and reads what was done',
    index === 1 && record.patient === patient,
  )
  return text
}

interface Kept {
  readonly kept: string
  readonly receiptText: string
}

/** The key of the patient is destroyed, here and in an older backup; nothing that was proven falls. */
async function checkForgetting(
  stage: Stage,
  world: World,
  trail: Trail,
  { kept, receiptText, patient }: Kept & { readonly patient: string },
): Promise<void> {
  const { folder, trust } = trail
  const backup = join(world.folder, 'backup')
  await cp(folder, backup, { recursive: true })
  await trail.forget(patient)
  const entries = await entriesOf(trail)
  stage.check(
    'the patient is forgotten: nothing opens the entries any more',
    entries.slice(0, trail.records.length).every(({ kind }) => kind === 'sealed'),
  )
  const destruction = entries.slice(trail.records.length)
  stage.check(
    'that it was decided, and that it was done, are in the log themselves',
    destruction.length === 2 &&
      destruction.every(one => one.kind === 'entry' && one.record.action === 'shred'),
  )
  const source = folderSource(auditFolderPaths({ folder }).log)
  const { findings } = await verifyLog(source, { ...trust, rules: auditLeafRules, against: kept })
  const { index } = openReceipt(receiptText, trust)
  stage.check('and every proof still holds, the receipt among them', findings.length === 0 && index === 1)
  await stage.attack('the keys from a backup that was made before', 'audit/stale-key-store', async () => {
    await (await readAuditKeys({ folder: backup, keys: `${folder}.keys` })).all()
  })
}

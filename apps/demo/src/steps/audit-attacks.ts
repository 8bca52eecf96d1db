/** What somebody who has the files, or even the key of the log, tries with an audit log. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { auditLeafRules, openReceipt } from '@chartseal/audit'
import { auditFolderPaths } from '@chartseal/clinic/fs/audit'
import { SigningKey } from '@chartseal/core/ed25519'
import { decodeHex } from '@chartseal/core/encoding'
import {
  bundlePath,
  decodeBundle,
  ed25519Signer,
  encodeBundle,
  type Finding,
  formatAddCheckpoint,
  formatCheckpoint,
  mapSource,
  parseCheckpoint,
  parseNote,
  signNote,
  verifyError,
  verifyFork,
  verifyLog,
} from '@chartseal/tlog'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import type { Trail } from '../trail.js'
import { flipped } from '../words.js'
import type { World } from '../world.js'

type Files = Map<string, Uint8Array>

interface Held {
  readonly kept: string
  readonly receiptText: string
}

export async function attackLog(stage: Stage, world: World, trail: Trail, held: Held): Promise<void> {
  const files = await filesOf(auditFolderPaths(trail).log)
  const path = bundlePath(0, parseCheckpoint(parseNote(held.kept).text).size)
  const leaves = [...decodeBundle(present(files.get(path)))]
  const changed = (change: (all: Uint8Array[]) => Uint8Array[]): Files =>
    new Map(files).set(path, encodeBundle(change([...leaves])))
  const [first = new Uint8Array(), second = new Uint8Array(), ...others] = leaves
  const tries: readonly [string, string, Files][] = [
    ['one flipped bit in an entry', 'verify/edited', changed(all => all.with(2, flipped(present(all[2]))))],
    ['an entry that is taken out', 'verify/deleted', changed(all => all.toSpliced(2, 1))],
    ['two entries that are swapped', 'verify/reordered', changed(() => [second, first, ...others])],
    ['an entry that stands there twice', 'verify/duplicated', changed(all => all.with(3, present(all[2])))],
    ['the last entry cut off', 'verify/cut-off', changed(all => all.slice(0, -1))],
  ]
  for (const [what, code, source] of tries) {
    await stage.attack(what, code, () => refuseFirst(source, trail, code))
  }
  await stage.attack('the receipt, moved to another entry', 'tlog/not-included', () =>
    openReceipt(held.receiptText.replace('\nindex 1\n', '\nindex 2\n'), trail.trust),
  )
  await attackWithStolenKey(stage, world, trail, held.kept)
}

/** Throws the finding of that kind, or whatever else was found. */
async function refuseFirst(files: Files, { trust }: Trail, code: string): Promise<void> {
  const { findings } = await verifyLog(mapSource(files), { ...trust, rules: auditLeafRules })
  const found: Finding | undefined = findings.find(finding => finding.code === code) ?? findings[0]
  if (found !== undefined) throw found
}

/** The log's own key signs another history: it verifies by itself, and only witnesses can tell. */
async function attackWithStolenKey(stage: Stage, world: World, trail: Trail, kept: string): Promise<void> {
  const { origin, size } = parseCheckpoint(parseNote(kept).text)
  const hex = await readFile(join(`${trail.folder}.keys`, 'signing.key'), 'utf8')
  using stolen = new SigningKey(decodeHex(hex.trim()))
  const root = world.io.random.bytes(32)
  const forged = signNote(formatCheckpoint({ origin, size, root, extensions: [] }), [
    ed25519Signer(origin, stolen),
  ])
  await stage.attack(
    'another history, signed with the stolen key of the log',
    'verify/policy-unmet',
    async () => {
      const { findings } = await verifyLog(
        mapSource(new Map([['checkpoint', new TextEncoder().encode(forged)]])),
        { ...trail.trust, rules: auditLeafRules },
      )
      throw findings[0] ?? verifyError('verify/no-checkpoint', {})
    },
  )
  const [neighbour] = trail.neighbours
  const body = formatAddCheckpoint({ oldSize: size, proof: [], checkpoint: forged })
  const answer = await neighbour?.witness.addCheckpoint(body)
  stage.answer('a witness that is asked to cosign it', '422', String(answer?.status))
  const { log } = trail.trust
  const verifier = Array.isArray(log) ? log[0] : log
  const evidence = neighbour?.evidence[0]
  stage.check(
    'the witness keeps evidence that anybody can check: the log signed two histories',
    evidence !== undefined && verifyFork(evidence, verifier),
  )
}

/** What a web server would give out. */
async function filesOf(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const files = paths.map(async path => {
    const name = relative(folder, path).split(sep).join('/')
    return [name, Uint8Array.from(await readFile(path))] as const
  })
  return new Map((await Promise.all(files)).filter(([name]) => !name.startsWith('.state')))
}

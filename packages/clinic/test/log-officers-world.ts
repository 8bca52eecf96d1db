/** Three officers who hold the key of a log, their folders, and what a server can ask of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { holdTogether, openClinicLog, openLogKey } from '@chartseal/clinic/fs/log'
import {
  createOfficer,
  type HeldSigner,
  openSignerFolder,
  parseOfficers,
} from '@chartseal/clinic/fs/log-signer'
import { consistencyProof, leafHash, treeRoot } from '@chartseal/core/merkle'
import { systemRandom as random } from '@chartseal/core/system'
import { quickArgon2id as argon2id, fixedClock } from '@chartseal/testkit'
import {
  type FetchLike,
  formatAddCheckpoint,
  formatCheckpoint,
  formatNote,
  parseVerifierKey,
  signNote,
} from '@chartseal/tlog'
import { expect, onTestFinished } from 'vitest'

export const origin = 'clinic.example/log'
const clock = fixedClock(1_790_000_000_000)
export const passphrase = 'six quiet herons'

export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-officers-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Place {
  readonly base: string
  readonly path: string
  readonly shares: string
  readonly list: string
}

export const world = { clock, random, argon2id }
export const folderOf = ({ base }: Place, name: string): string => join(base, name)
export const shareOf = ({ shares }: Place, name: string): { text: string; file: string } => {
  const file = join(shares, `${name}.share`)
  return { text: readFileSync(file, 'utf8'), file }
}

/** Three officers, the first of whom has a passphrase, and the log that they hold. */
export async function heldLog(): Promise<Place> {
  const base = emptyFolder()
  const lines: string[] = []
  for (const [i, name] of ['a', 'b', 'c'].entries()) {
    const given = { folder: join(base, name), passphrase: i === 0 ? passphrase : null, ...world }
    lines.push(`${await createOfficer(name, given)} http://127.0.0.1:1/${name}/`)
  }
  const place = {
    base,
    path: join(base, 'signing.key'),
    shares: join(base, 'shares'),
    list: lines.join('\n'),
  }
  await deal(place)
  return place
}

export async function deal({ base, path, shares, list }: Place): Promise<void> {
  const officers = parseOfficers(list)
  await holdTogether({ ...world, origin, threshold: 2, officers, path, shares }, async signer => {
    const log = await openClinicLog({ ...world, folder: join(base, 'log'), signingKey: path, origin, signer })
    await log.close()
  })
}

export async function open(
  place: Place,
  name: string,
  options: Partial<Parameters<typeof openSignerFolder>[0]> = {},
) {
  const own = { folder: folderOf(place, name), passphrase: name === 'a' ? passphrase : null, ...world }
  const held = await openSignerFolder({ ...own, ...options })
  onTestFinished(() => held.close())
  return held
}

export type Desks = Map<string, HeldSigner>

export const leaves = ['one', 'two'].map(text => leafHash(new TextEncoder().encode(text)))

/** The checkpoint of the first leaves, as the server of this place has it signed by these signers. */
export async function publishedBy({ path }: Place, desks: Desks, size: number): Promise<string> {
  const ask: FetchLike = async (url, { body = '' }) => {
    const at = url.lastIndexOf('/')
    const step = url.slice(at + 1) === 'commit' ? 'commit' : 'sign'
    const answer = await desks.get(url.slice(0, at))?.signer[step](body)
    const bytes = new TextEncoder().encode(answer?.body)
    return { status: answer?.status ?? 404, url, body: new Blob([bytes]).stream() }
  }
  using key = await openLogKey(path, origin, ask)
  const { signer } = key
  if ('sign' in signer) throw new Error('others hold the key')
  const shown = leaves.slice(0, size)
  const text = formatCheckpoint({ origin, size, root: treeRoot(shown), extensions: [] })
  const proofFrom = async (older: number) => consistencyProof(shown, older)
  const signature = await signer.signCheckpoint(text, 0, proofFrom)
  const { name, keyId } = parseVerifierKey(key.verifierKey)
  return formatNote(text, [{ name, keyId, signature }])
}

/** A lying server has one signer give a share for leaves of its own; the others that it names have promised nothing. */
export async function shareAlone(
  { path }: Place,
  { signer, number }: HeldSigner,
  size: number,
): Promise<void> {
  using key = await openLogKey(path, origin)
  const forged = Array.from({ length: size }, () => leafHash(new TextEncoder().encode('forged')))
  const text = formatCheckpoint({ origin, size, root: treeRoot(forged), extensions: [] })
  const body = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: signNote(text, [key.own]) })
  const promised = (await signer.commit(body)).body
  const lines = `${promised.replace(`${number} `, '1 ')}${promised}`
  const list = signNote(`chartseal/log-sign/v1\n${lines}`, [key.own])
  expect(await signer.sign(list)).toMatchObject({ status: 200 })
}

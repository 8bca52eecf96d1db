/** Three officers who hold the key of a log, their folders, and what a server can ask of them. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLogKey, serverOfTerms, takeGroup } from '@chartseal/clinic/fs/log'
import {
  beginMaking,
  createOfficer,
  dealMaking,
  finishMaking,
  formatTerms,
  type GivenText,
  type HeldSigner,
  openSignerFolder,
  parseGroup,
  parseOfficers,
  type SignerFolderOptions,
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
import { afterAll, expect, onTestFinished } from 'vitest'

export const origin = 'clinic.example/log'
const clock = fixedClock(1_790_000_000_000)
export const passphrase = 'six quiet herons'

const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'chartseal-officers-'))
const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true })

function emptyFolder(): string {
  const folder = makeFolder()
  onTestFinished(() => removeFolder(folder))
  return folder
}

export interface Place {
  readonly base: string
  /** The server's file. */
  readonly path: string
  /** What officers agree on. */
  readonly terms: GivenText
}

export const world = { clock, random, argon2id }
export const names = ['a', 'b', 'c']
export const folderOf = ({ base }: Pick<Place, 'base'>, name: string): string => join(base, name)
export const given = (text: string, file = 'a file'): GivenText => ({ text, file })
/** The first officer has a passphrase. */
export const optionsOf = (place: Pick<Place, 'base'>, name: string): SignerFolderOptions => ({
  folder: folderOf(place, name),
  passphrase: name === 'a' ? passphrase : null,
  ...world,
})

/** Three officers who agreed to make a key. */
export async function agreed(base = emptyFolder()): Promise<Place> {
  const lines: string[] = []
  for (const name of names)
    lines.push(`${await createOfficer(name, optionsOf({ base }, name))} http://127.0.0.1:1/${name}/`)
  const path = join(base, 'signing.key')
  const server = await serverOfTerms(path, origin, random)
  const terms = { origin, threshold: 2, officers: parseOfficers(lines.join('\n')), server }
  return { base, path, terms: given(formatTerms(terms), 'terms') }
}

/** What each of the officers gives in one step. */
export async function ofAll(step: (name: string) => Promise<string>): Promise<readonly GivenText[]> {
  const files: GivenText[] = []
  for (const name of names) files.push(given(await step(name), `the file of ${name}`))
  return files
}

export const begunBy = (place: Place): Promise<readonly GivenText[]> =>
  ofAll(name => beginMaking({ ...optionsOf(place, name), terms: place.terms }))

export const dealtBy = (place: Place, begun: readonly GivenText[]): Promise<readonly GivenText[]> =>
  ofAll(name => dealMaking({ ...optionsOf(place, name), begun }))

/** For all tests of a file. */
export function keptFolder(): string {
  const folder = makeFolder()
  afterAll(() => removeFolder(folder))
  return folder
}

/** Files of tests that share a process share this one, so it goes with the process. */
const template = makeFolder()
process.once('exit', () => removeFolder(template))
let made: Promise<Place> | null = null

/** The same, with the log's key, which they made and the server knows: made once, and copied. */
export async function heldLog(): Promise<Place> {
  made ??= makeLog(template)
  const { terms } = await made
  return { ...copyOf(template), terms }
}

/** Another folder with the same files. */
export function copyOf(base: string): Pick<Place, 'base' | 'path'> {
  const copy = emptyFolder()
  cpSync(base, copy, { recursive: true })
  return { base: copy, path: join(copy, 'signing.key') }
}

export async function makeLog(base = emptyFolder()): Promise<Place> {
  const place = await agreed(base)
  const dealt = await dealtBy(place, await begunBy(place))
  const groups = await ofAll(async name => (await finishMaking({ ...optionsOf(place, name), dealt })).note)
  await takeGroup(place.path, origin, parseGroup(groups), random)
  return place
}

export async function open(
  place: Place,
  name: string,
  options: Partial<Parameters<typeof openSignerFolder>[0]> = {},
) {
  const held = await openSignerFolder({ ...optionsOf(place, name), ...options })
  onTestFinished(() => held.close())
  return held
}

export type Desks = Map<string, HeldSigner>

const leaves = ['one', 'two'].map(text => leafHash(new TextEncoder().encode(text)))

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

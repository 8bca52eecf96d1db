/**
 * Messaging Layer Security (RFC 9420) by ts-mls, with one committer, as a conference has: members who never commit
 * leave blanks in the tree, and a removal is encrypted for each of them.
 */
import { equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import {
  acceptAll,
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  type KeyPackage,
  type MlsPrivateMessage,
  mlsExporter,
  type PrivateKeyPackage,
  type PrivateMessage,
  type Proposal,
  processMessage,
  processPrivateMessage,
} from 'ts-mls'
import { type Contender, inProcess } from '../measure.js'
import { teamContent } from './care-team.js'
import { sampleBytes, sampleSize } from './key-tree.js'

export const mlsName = 'ts-mls, one committer'
const suiteName = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'

interface Person {
  readonly publicPackage: KeyPackage
  readonly privatePackage: PrivateKeyPackage
}

interface Group {
  readonly suite: CiphersuiteImpl
  readonly doctor: ClientState
  /** Of the first few patients, from leaf 1 on. */
  readonly sample: readonly ClientState[]
}

function person(name: string, suite: CiphersuiteImpl): Promise<Person> {
  const credential = { credentialType: 'basic', identity: encodeUtf8(name) } as const
  return generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], suite)
}

/** All patients are added by one commit, without what would make the tree better for none of them. */
async function makeGroup(count: number): Promise<Group> {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName(suiteName))
  const { publicPackage, privatePackage } = await person('doctor', suite)
  const alone = await createGroup(encodeUtf8('conference'), publicPackage, privatePackage, [], suite)
  const people: Person[] = []
  for (let i = 1; i < count; i++) people.push(await person(`patient ${i}`, suite))
  const adds: Proposal[] = people.map(one => ({
    proposalType: 'add',
    add: { keyPackage: one.publicPackage },
  }))
  const { newState, welcome } = await createCommit(
    { state: alone, cipherSuite: suite },
    { extraProposals: adds },
  )
  if (welcome === undefined) throw new Error('internal: there is a welcome for those who were added')
  const sample: ClientState[] = []
  for (const one of people.slice(0, sampleSize + 1))
    sample.push(
      await joinGroup(
        welcome,
        one.publicPackage,
        one.privatePackage,
        emptyPskIndex,
        suite,
        newState.ratchetTree,
      ),
    )
  return { suite, doctor: newState, sample }
}

const remove = ({ suite, doctor }: Group, leaf: number) =>
  createCommit(
    { state: doctor, cipherSuite: suite },
    { extraProposals: [{ proposalType: 'remove', remove: { removed: leaf } }] },
  )

/** The state of a group is a value: each removal is one from the whole group. */
export function mlsRemoves(count: number): Contender {
  let made: Promise<Group> | null = null
  const group = (): Promise<Group> => (made ??= makeGroup(count))
  return inProcess(
    mlsName,
    async () => sampleOf(await group()),
    async amount => {
      for (let i = 0; i < amount; i++) await remove(await group(), 1 + ((i * 7) % (count - 1)))
    },
  )
}

/** The first committer writes, each message after the one before. */
export function mlsSeals(count: number): Contender {
  let made: Promise<Group> | null = null
  const group = (): Promise<Group> => (made ??= makeGroup(count))
  let last: ClientState | null = null
  return inProcess(
    mlsName,
    async () => sealSampleOf(await group()),
    async amount => {
      const { suite, doctor } = await group()
      for (let i = 0; i < amount; i++)
        last = (await createApplicationMessage(last ?? doctor, teamContent, suite)).newState
    },
  )
}

/** The first patient is removed, and a message is sealed: whoever stays opens it. */
async function sealSampleOf(group: Group): Promise<Uint8Array> {
  const { newState, commit } = await remove(group, 1)
  const { privateMessage } = await createApplicationMessage(newState, teamContent, group.suite)
  const opened: boolean[] = []
  for (const state of group.sample) opened.push(await opens(state, commit, privateMessage, group.suite))
  const [gone = false, ...rest] = opened
  return sampleBytes(rest.filter(Boolean).length, gone ? 1 : 0)
}

async function opens(
  state: ClientState,
  commit: Commit,
  privateMessage: PrivateMessage,
  suite: CiphersuiteImpl,
): Promise<boolean> {
  try {
    const { newState } = await processMessage(privateOf(commit), state, emptyPskIndex, acceptAll, suite)
    const result = await processPrivateMessage(newState, privateMessage, emptyPskIndex, suite)
    return result.kind === 'applicationMessage' && equal(result.message, teamContent)
  } catch {
    return false
  }
}

/** The first patient is removed. */
async function sampleOf(group: Group): Promise<Uint8Array> {
  const { newState, commit } = await remove(group, 1)
  const secret = await secretOf(newState, group.suite)
  const having: boolean[] = []
  for (const state of group.sample) having.push(await follows(state, commit, secret, group.suite))
  const [gone = false, ...rest] = having
  return sampleBytes(rest.filter(Boolean).length, gone ? 1 : 0)
}

type Commit = Awaited<ReturnType<typeof remove>>['commit']

function privateOf(commit: Commit): MlsPrivateMessage {
  if (commit.wireformat !== 'mls_private_message') throw new Error('internal: commits are private messages')
  return commit
}

const secretOf = ({ keySchedule }: ClientState, suite: CiphersuiteImpl): Promise<Uint8Array> =>
  mlsExporter(keySchedule.exporterSecret, 'bench', new Uint8Array(), 32, suite)

async function follows(
  state: ClientState,
  commit: Commit,
  secret: Uint8Array,
  suite: CiphersuiteImpl,
): Promise<boolean> {
  try {
    const { newState } = await processMessage(privateOf(commit), state, emptyPskIndex, acceptAll, suite)
    return equal(await secretOf(newState, suite), secret)
  } catch {
    return false
  }
}

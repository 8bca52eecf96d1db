import { checkReplica, type ReplicaState } from '@chartseal/ipfs-envelope/pins'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import { AlreadyTold, UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import {
  addressForms,
  type NamedStore,
  type StoreOptions,
  withStore,
  withStoreOptions,
} from '../../io/store-address.js'

interface VerifyOptions extends CommonOptions, StoreOptions {
  readonly store: string
}

interface Verdict {
  readonly cid: string
  readonly state: ReplicaState
  readonly sizeBytes: number | null
}

/** `chartseal blobs verify`. */
export function verifyCommand(io: Io): Command {
  const command = describeCommand(
    'verify',
    'Say whether a store has all of a blob, unchanged. No key is needed',
    'chartseal blobs verify --store rpc:http://127.0.0.1:5001 bafybeic…',
    'chartseal blobs verify --store car:scan.car',
  )
  return withStoreOptions(command)
    .requiredOption('--store <address>', `where it is: ${addressForms}`)
    .argument('[cids...]', 'the CIDs; the roots of a CAR when none is given')
    .action(async (cids: readonly string[], options: VerifyOptions) => {
      const verdicts = await withStore(io, options.store, options, store => judged(store, cids))
      const text = verdicts.map(lineOf).join('')
      const answer = verdicts.map(({ cid, state, sizeBytes }) => ({ cid, state, size_bytes: sizeBytes }))
      await finish(io, options, { text, answer: { blobs: answer } })
      if (verdicts.some(({ state }) => state !== 'whole')) throw new AlreadyTold()
    })
}

async function judged(store: NamedStore, cids: readonly string[]): Promise<readonly Verdict[]> {
  const asked = cids.length > 0 ? cids : store.roots
  if (asked.length === 0) throw new UsageError(`say which CIDs to look for in ${store.name}`)
  const verdicts: Verdict[] = []
  for (const cid of asked) {
    const state = await checkReplica(store, { cid })
    const sizeBytes = state === 'whole' ? (await store.reader.range(cid)).sizeBytes : null
    verdicts.push({ cid, state, sizeBytes })
  }
  return verdicts
}

const lineOf = ({ cid, state, sizeBytes }: Verdict): string =>
  `${state.padEnd(11)} ${cid}${sizeBytes === null ? '' : `, ${sizeBytes} bytes`}\n`

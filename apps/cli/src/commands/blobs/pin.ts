import { keepPins, type PinOutcome } from '@chartseal/ipfs-envelope/pins'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish, helpNote, parseCount } from '../../io/command.js'
import { AlreadyTold, UsageError } from '../../io/errors.js'
import type { Io } from '../../io/io.js'
import {
  addressForms,
  type NamedStore,
  type StoreOptions,
  withStore,
  withStoreOptions,
} from '../../io/store-address.js'
import { readPins, writePins } from './pin-state.js'

interface PinOptions extends CommonOptions, StoreOptions {
  readonly store: readonly string[]
  readonly replicas: number
  readonly state?: string
  readonly every: number
}

const hourMs = 3_600_000
const explanation = helpNote(
  'A copy that lacks a block, or has another, is mended from a whole one; where too few are whole, the blob is ' +
    'copied to the next store that takes it. With --state what was found is kept, and looked at again when it is ' +
    '--every hours old: run the command as often as you like, such as from cron. No key is needed.',
)

/** `chartseal blobs pin`. */
export function pinCommand(io: Io): Command {
  const command = describeCommand(
    'pin',
    'Keep whole copies of a blob in several stores: check them, mend them, make more',
    'chartseal blobs pin --replicas 2 --store blocks --store rpc:http://127.0.0.1:5001 bafybeic…',
    'chartseal blobs pin --replicas 2 --store blocks --store backup --state pins.json --every 24 bafybeic…',
  )
  return withStoreOptions(command)
    .requiredOption('--store <address>', `where copies may be, once for each: ${addressForms}`, collect)
    .option('--replicas <count>', 'how many whole copies there should be', parseCount(1, 100), 2)
    .option('--state <file>', 'keeps what was found; made when it is missing')
    .option('--every <hours>', 'how old that may be before it is checked again', parseCount(1, 10_000), 24)
    .addHelpText('after', explanation)
    .argument('<cid>', 'the blob')
    .action(async (cid: string, options: PinOptions) => {
      if (new Set(options.store).size < options.store.length)
        throw new UsageError('each --store must be another one: two copies in one place are one')
      const outcome = await withStores(io, options, options.store, stores => kept(io, cid, options, stores))
      await tell(io, cid, options, outcome)
      if (outcome.missing > 0) throw new AlreadyTold()
    })
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

async function withStores<Result>(
  io: Io,
  options: PinOptions,
  names: readonly string[],
  work: (stores: readonly NamedStore[]) => Promise<Result>,
): Promise<Result> {
  const [first, ...others] = names
  if (first === undefined) return work([])
  return withStore(io, first, { ...options, create: true }, store =>
    withStores(io, options, others, stores => work([store, ...stores])),
  )
}

async function kept(
  io: Io,
  cid: string,
  { replicas, every, state }: PinOptions,
  stores: readonly NamedStore[],
): Promise<PinOutcome> {
  const known = state === undefined ? null : await readPins(io, state)
  const run = {
    cid,
    clock: io.clock,
    stores: new Map(stores.map(store => [store.name, store])),
    policy: { replicas, checkEveryMs: every * hourMs },
  }
  const outcome = await keepPins(run, known?.get(cid) ?? [])
  if (state !== undefined) await writePins(io, state, new Map([...(known ?? []), [cid, outcome.replicas]]))
  return outcome
}

async function tell(
  io: Io,
  cid: string,
  options: PinOptions,
  { replicas, whole, missing }: PinOutcome,
): Promise<void> {
  const lines = replicas.map(({ store, state }) => `${(state ?? 'unknown').padEnd(11)} ${store}\n`)
  const verdict = missing === 0 ? 'enough' : `${missing} too few`
  const text = `${lines.join('')}${whole} whole of ${options.replicas} wanted: ${verdict}\n`
  const found = replicas.map(({ store, state, checkedMs }) => ({ store, state, checked_ms: checkedMs }))
  await finish(
    io,
    { json: options.json ?? false },
    { text, answer: { cid, replicas: found, whole, missing } },
  )
}

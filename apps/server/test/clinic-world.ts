/** A clinic's data folder for tests of copies: store, log and witnesses, without a server. */
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createLogKey, openClinicLog } from '@chartseal/clinic/fs/log'
import { SigningKey } from '@chartseal/core/ed25519'
import { memoryKeyValue } from '@chartseal/core/memory'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { cosigner, createWitness, parseVerifierKey } from '@chartseal/tlog'
import { onTestFinished } from 'vitest'
import { backup } from '../dist/commands/backup.js'
import { type RestoreOptions, type RestoreReport, restore } from '../dist/commands/restore.js'
import { dataPaths, makeDataFolder } from '../dist/data-folder.js'
import { type OpenedStore, openStore, type StoreTarget } from '../dist/store.js'
import { bytes, emptyFolder, emptyTarget, engine, roomy } from './store-world.js'

export { emptyFolder } from './store-world.js'

export const ports = { clock, random }
export const origin = 'clinic.example/log'

export interface WitnessServer {
  readonly policyLine: string
  readonly name: string
  /** Whether it has nothing to say to anybody. */
  isAway: boolean
  stop(): Promise<void>
}

/** A witness that answers over HTTP on the loopback. */
export async function startWitness(name: string, logKey: string): Promise<WitnessServer> {
  const signer = cosigner(name, SigningKey.generate(random), clock)
  const witness = createWitness({ signer, logs: [parseVerifierKey(logKey)], store: memoryKeyValue() })
  const server = createServer(async (request, response) => {
    if (made.isAway) return void response.writeHead(503, { connection: 'close' }).end()
    const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(request.url ?? '')?.[1]
    const answer =
      hash === undefined ? await witness.addCheckpoint(await text(request)) : await witness.latest(hash)
    response
      .writeHead(answer.status, { 'content-type': answer.contentType, connection: 'close' })
      .end(answer.body)
  })
  const url = await listening(server)
  const stop = () => new Promise<void>(resolve => server.close(() => resolve()))
  onTestFinished(stop)
  const policyLine = `witness ${name.split('/')[0]} ${signer.verifierKey} ${url}`
  const made = { name, policyLine, isAway: false, stop }
  return made
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

export interface World {
  readonly data: string
  readonly target: StoreTarget
  readonly verifierKey: string
  /** Deposits a message behind its entry in the log, as the server does; with how many witnesses there are. */
  deposit(...ids: string[]): Promise<void>
  /** The ids of what waits in the box. */
  waiting(target?: StoreTarget): Promise<readonly string[]>
}

/** An empty clinic with one device, in a folder of its own. */
export async function newClinic(): Promise<World & { setPolicy(policy: string): void }> {
  const data = join(emptyFolder(), 'data')
  const paths = dataPaths(data)
  await makeDataFolder(paths)
  const verifierKey = await createLogKey(paths.signingKey, origin, random)
  const target = engine === 'sqlite' ? { file: paths.store } : await emptyTarget()
  let policy: string | undefined
  await withStore(target, async store => {
    await store.devices.add({ kid: 'kid', role: 'patient', keys: bytes(1), box: 'box', addedMs: 1 })
  })
  return {
    data,
    target,
    verifierKey,
    setPolicy: given => {
      policy = given
    },
    deposit: (...ids) => withStore(target, store => deposit(data, store, ids, policy)),
    waiting: (from = target) =>
      withStore(from, async store => {
        const list = await store.mailboxes.list('box', { limit: 500, maxBytes: 1e9 })
        return list.map(({ id }) => id)
      }),
  }
}

export async function withStore<T>(
  target: StoreTarget,
  work: (store: OpenedStore) => Promise<T>,
): Promise<T> {
  const store = await openStore({ target, ...ports, backups: emptyFolder() })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

async function deposit(
  data: string,
  store: OpenedStore,
  ids: readonly string[],
  policy: string | undefined,
): Promise<void> {
  const { log: folder, signingKey } = dataPaths(data)
  const witnessed = policy === undefined ? {} : { policy }
  const log = await openClinicLog({ folder, signingKey, origin, ...ports, ...witnessed })
  try {
    for (const id of ids) {
      const sum = random.bytes(32)
      const { index } = await log.writer.append({ id: random.bytes(16), sum })
      await store.inTx(async tables => {
        const salt = random.bytes(32)
        await tables.openings.add({
          id: `e-${id}`,
          log: origin,
          leafIndex: index,
          salt,
          entry: sum,
          parties: ['kid'],
        })
        await tables.mailboxes.deposit({ box: 'box', id, bytes: bytes(1), nowMs: 1 }, roomy)
      })
    }
  } finally {
    await log.close()
  }
}

export const keyOf = ({ data }: World): string => dataPaths(data).signingKey

export async function backUp({ data, target }: World, check = true) {
  return backup({ data, target, to: emptyFolder(), check, ...ports })
}

/** Into a new folder, on the engine under test. */
export async function restored(
  world: World,
  from: string,
  extras: Partial<RestoreOptions> = {},
): Promise<{ data: string; target: StoreTarget } & RestoreReport> {
  const data = join(emptyFolder(), 'restored')
  const empty = await emptyTarget()
  const url = 'url' in empty ? empty.url : undefined
  const report = await restore({ from, data, key: keyOf(world), url, fetch, ...ports, ...extras })
  return { data, target: url === undefined ? { file: dataPaths(data).store } : { url }, ...report }
}

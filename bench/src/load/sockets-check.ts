/** Many sockets on one server process: they come, the server ends and starts again, they are back; and then it goes on. */
import { Gathering } from './gathering.js'
import { type Growth, soak } from './soak.js'

export interface SocketsOptions {
  readonly sockets: number
  /** How many of them are patients, who decrypt everything; the others look at the numbers of frames. */
  readonly patients: number
  readonly processes: number
  readonly soakMs: number
  say(line: string): void
}

const mebibyte = 1_048_576
/** What a minute or half an hour may leave behind. */
const mostHeldBytes = 8 * mebibyte
const mostRssBytes = 96 * mebibyte
const mostHandles = 32
const texts = 5
/** Nobody gives up because a machine is slow: who has asked twice is twice the work. */
const patient = { handshakeTimeoutMs: 120_000 }
const atOnce = 200
const cutsOf = (sockets: number): number => Math.max(1, Math.floor(sockets / 250))
const seconds = (ms: number): string => `${(ms / 1e3).toFixed(1)} s`

const isWell = ({ before, after }: Growth): boolean =>
  after.held - before.held <= mostHeldBytes &&
  after.rss - before.rss <= mostRssBytes &&
  after.handles - before.handles <= mostHandles

/** What does not hold; times are told and not judged. */
export async function socketFindings(options: SocketsOptions): Promise<readonly string[]> {
  const { sockets, patients, processes } = options
  const members = sockets - patients
  const gathering = await Gathering.start({
    patients,
    members,
    processes,
    policy: patient,
    corePolicy: patient,
  })
  try {
    return [...(await comeAndComeBack(gathering, options)), ...(await goOn(gathering, options))]
  } finally {
    await gathering.end()
  }
}

async function comeAndComeBack(
  gathering: Gathering,
  { say, sockets }: SocketsOptions,
): Promise<readonly string[]> {
  const { scene } = gathering
  const joinedMs = await gathering.joinedInTurn(atOnce)
  say(`all ${sockets} were in after ${seconds(joinedMs)}, ${atOnce} at a time`)
  await gathering.said(texts)
  let code: number | null = null
  const { backMs, startMs } = await gathering.outage(async () => {
    code = await scene.stopped()
  })
  say(
    `SIGTERM; the server was there again after ${seconds(startMs)}, all ${sockets} after ${seconds(backMs)}`,
  )
  const { doubled, lost } = await gathering.said(texts)
  say(`${gathering.doctor.last} texts for each: ${lost} lost, ${doubled} twice`)
  return code === 0 ? [] : [`the server ended with ${code} when it was told to`]
}

async function goOn(
  gathering: Gathering,
  { say, sockets, soakMs }: SocketsOptions,
): Promise<readonly string[]> {
  const growth = await soak(gathering, { forMs: soakMs, cuts: cutsOf(sockets), isWell })
  const { before, after, rounds } = growth
  const more = (of: 'held' | 'rss'): string => `${((after[of] - before[of]) / mebibyte).toFixed(1)} MiB`
  const handles = after.handles - before.handles
  const words = `${more('held')} held, ${more('rss')} of the process, ${handles} of ${after.handles} handles`
  say(`${rounds} rounds in ${seconds(soakMs)}, ${cutsOf(sockets)} connections lost in each: growth ${words}`)
  return isWell(growth) ? [] : [`what the server holds has grown: ${words}`]
}

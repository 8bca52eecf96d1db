/** Three signers of one log, each with a store that can be put back, and ways to them that can be cut. */
import { SigningKey } from '@chartseal/core/ed25519'
import { dealShares } from '@chartseal/core/frost'
import { memoryKeyValue } from '@chartseal/core/memory'
import { consistencyProof } from '@chartseal/core/merkle'
import type { KeyValue } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock } from '@chartseal/testkit'
import {
  ed25519Signer,
  type ForkEvidence,
  formatAddCheckpoint,
  type NoteSigner,
  signNote,
} from '@chartseal/tlog'
import {
  checkpointBy,
  type LogSigner,
  type LogSignerOptions,
  openLogSigner,
  type SignerGroup,
  type SignerWay,
  signerGroup,
  type ThresholdSigner,
} from '@chartseal/tlog/threshold'
import { checkpointText } from './note-helpers.js'
import { startMs } from './writer-helpers.js'

export type Answer = Awaited<ReturnType<SignerWay['post']>>
/** In place of what a signer answers. */
export type Lie = (step: 'commit' | 'sign', answer: Answer) => Answer

export interface Desk {
  readonly number: number
  readonly store: KeyValue
  readonly beside: KeyValue
  signer: LogSigner
  /** Nothing answers. */
  isAway: boolean
  lie: Lie
  asked: string[]
  /** Ends the process: promises are gone, what is durable stays. */
  restart(options?: Partial<LogSignerOptions>): Promise<void>
}

export interface SignerWorld {
  readonly group: SignerGroup
  readonly server: NoteSigner
  readonly desks: readonly Desk[]
  readonly clock: ReturnType<typeof fixedClock>
  readonly forks: ForkEvidence[]
  readonly signer: ThresholdSigner
}

export async function signerWorld(origin: string, threshold = 2, count = 3): Promise<SignerWorld> {
  const { group: key, shares } = dealShares({ threshold, count }, systemRandom)
  const server = ed25519Signer(origin, SigningKey.generate(systemRandom))
  const group = signerGroup(origin, key, server.verifierKey)
  const [clock, forks]: [ReturnType<typeof fixedClock>, ForkEvidence[]] = [fixedClock(startMs), []]
  const desks = await Promise.all(
    shares.map(async (share, i) => {
      const [store, beside] = [memoryKeyValue(), memoryKeyValue()]
      const common = { group, signer: i + 1, share, store, beside, clock, random: systemRandom }
      const open = (options: Partial<LogSignerOptions>): Promise<LogSigner> =>
        openLogSigner({ ...common, onFork: one => void forks.push(one), ...options })
      const desk: Desk = {
        number: i + 1,
        store,
        beside,
        signer: await open({ isNew: true }),
        isAway: false,
        lie: (_, answer) => answer,
        asked: [],
        async restart(options = {}) {
          desk.signer = await open(options)
        },
      }
      return desk
    }),
  )
  const ways = desks.map(desk => ({
    name: `officer ${desk.number}`,
    post: async (step: 'commit' | 'sign', body: string) => {
      desk.asked.push(step)
      if (desk.isAway) throw new Error('nothing answers')
      return desk.lie(step, await desk.signer[step](body))
    },
  }))
  return { group, server, desks, clock, forks, signer: checkpointBy({ group, server, ways }) }
}

/** The body of a commit: these leaves, proved to be those of `oldSize`. */
export function asked({ server }: SignerWorld, oldSize: number, hashes: readonly Uint8Array[]): string {
  const proof = oldSize === 0 || oldSize >= hashes.length ? [] : consistencyProof(hashes, oldSize)
  return formatAddCheckpoint({ oldSize, proof, checkpoint: signNote(checkpointText(hashes), [server]) })
}

/** A signature under the log's key, as a server that has the history of these leaves asks for it. */
export function signed(
  { signer }: SignerWorld,
  hashes: readonly Uint8Array[],
  oldSize = 0,
): Promise<Uint8Array> {
  return signer.signCheckpoint(checkpointText(hashes), oldSize, async older =>
    consistencyProof(hashes, older),
  )
}

export async function both({ desks }: SignerWorld, work: (desk: Desk) => Promise<string>): Promise<string> {
  const [first, second] = desks
  if (first === undefined || second === undefined) throw new Error('there are two')
  return [await work(first), await work(second)].join('')
}

/** The body of a sign: these commitments, as the server names them. */
export const listed = ({ server }: SignerWorld, lines: string): string =>
  signNote(`chartseal/log-sign/v1\n${lines}`, [server])

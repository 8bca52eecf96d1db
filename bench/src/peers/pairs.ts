/** What a team would do without a key of its own: a message of version 2 for each of the others, under the key of their pair. */
import { equal } from '@chartseal/core/bytes'
import { AeadKey } from '@chartseal/core/keys'
import { defaultPooledRandom, systemClock } from '@chartseal/core/system'
import { type Binding, openMessage, sealMessage } from '@chartseal/wire'
import { type Contender, inProcess } from '../measure.js'
import { teamContent } from './care-team.js'
import { sampleBytes, sampleSize } from './key-tree.js'

const random = defaultPooledRandom()
const pairsName = 'wire, for each by itself'

interface Pair {
  readonly key: AeadKey
  readonly kid: Uint8Array
  readonly binding: Binding
}

function pairOf(index: number): Pair {
  const binding = { patientId: 'PAT-12345', thread: 'ward 3', sender: 'Keeper', recipient: `Member ${index}` }
  return { key: AeadKey.generate(random), kid: random.bytes(8), binding }
}

function sealForAll(pairs: readonly Pair[], counter: bigint): readonly Uint8Array[] {
  const body = { mediaType: 'application/octet-stream', content: teamContent, sentAtMs: systemClock.nowMs() }
  return pairs.map(({ key, kid, binding }) => sealMessage({ key, kid, counter }, binding, body, random))
}

export function pairSeals(count: number): Contender {
  const pairs = Array.from({ length: count - 1 }, (_, i) => pairOf(i + 1))
  let counter = 0n
  return inProcess(
    pairsName,
    () => sampleOf(pairs),
    amount => {
      for (let i = 0; i < amount; i++) sealForAll(pairs, counter++)
    },
  )
}

/** Nothing is sealed for the first one any more. */
function sampleOf([gone, ...rest]: readonly Pair[]): Uint8Array {
  const messages = sealForAll(rest, 0n)
  const having = rest.slice(0, sampleSize).filter((pair, i) => opens(pair, messages[i])).length
  return sampleBytes(having, gone !== undefined && messages.some(message => opens(gone, message)) ? 1 : 0)
}

function opens({ key, binding }: Pair, message: Uint8Array | undefined): boolean {
  try {
    return message !== undefined && equal(openMessage(key, message, binding).body.content, teamContent)
  } catch {
    return false
  }
}

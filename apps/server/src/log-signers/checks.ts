/** What `doctor` asks the signers of a log that several hold. */
import { openLogKey } from '@chartseal/clinic/fs/log'
import { decodeUtf8 } from '@chartseal/core/encoding'
import type { Check } from '../clinic/checks.js'
import type { DataPaths } from '../data-folder.js'
import { boundedBytes } from '../ledger/http-peer.js'

const answerMs = 5_000
const maxAnswerBytes = 4_096

/** Nothing where the server has the key. */
export async function* signerChecks(paths: DataPaths, logOrigin: string): AsyncGenerator<Check> {
  using key = await openLogKey(paths.signingKey, logOrigin)
  const { together } = key
  if (together === null) return
  const there = await Promise.all(
    together.places.map(async ({ url }) => (await keyAt(url)) === key.verifierKey),
  )
  for (const [i, { name, url }] of together.places.entries()) {
    yield {
      what: `log signer ${name} answers`,
      isRight: there[i] === true,
      change: `nothing at ${url} has a share of this log: let its officer start chartseal-server log-signer, or correct its line in ${paths.signingKey}`,
    }
  }
  const { threshold } = together.signer
  yield {
    what: `${threshold} signers of the log are there`,
    isRight: there.filter(one => one).length >= threshold,
    change: 'the log takes entries, and publishes no checkpoint until they are',
  }
}

/** Which log it is a signer of; `null` where nothing says so in time. */
async function keyAt(url: string): Promise<string | null> {
  try {
    const answer = await fetch(`${url}/`, { redirect: 'error', signal: AbortSignal.timeout(answerMs) })
    const text = decodeUtf8(await boundedBytes(answer, maxAnswerBytes))
    return answer.status === 200 ? (text.split('\n')[0] ?? null) : null
  } catch {
    return null
  }
}

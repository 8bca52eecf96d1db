/** A command that asks the server of this machine, which has the ledger. */
import { decodeBase64Url, decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { decodeGenesis, decodeRoster, type Genesis, type Roster } from '@chartseal/emr-ledger'
import type { Config } from '../config.js'
import { boundedBytes } from '../ledger/http-peer.js'
import { ledgerCommandError } from './errors.js'

export const atFlag = {
  help: 'the address of the running server; by default --port on this machine',
} as const

export interface RunningLedger {
  readonly genesis: Genesis
  readonly roster: Roster
  /** 32 bytes. */
  readonly id: Uint8Array
  /** Of the next block. */
  readonly height: bigint
}

const answerMs = 10_000

export class Asking {
  readonly #at: string

  constructor({ port }: Pick<Config, 'port'>, at: string | undefined) {
    this.#at = at ?? `http://127.0.0.1:${port}`
  }

  async ledger(): Promise<RunningLedger> {
    const about = await this.json('')
    const roster = decodeRoster(await this.#bytes('GET', '/roster'))
    const height = BigInt(about.object('tip').count('height')) + 1n
    const genesis = decodeGenesis(decodeBase64Url(about.text('genesis')))
    return { genesis, roster, id: decodeBase64Url(about.text('ledger')), height }
  }

  async json(path: string): Promise<JsonObject> {
    return JsonObject.parse(decodeUtf8(await this.#bytes('GET', path)))
  }

  async put(path: string, body: Uint8Array): Promise<void> {
    await this.#bytes('PUT', path, body)
  }

  /** @throws ChartsealError `ledger-command/answer` with the code that the server gave */
  async #bytes(method: string, path: string, body?: Uint8Array): Promise<Uint8Array> {
    const sent =
      body === undefined
        ? {}
        : { body: new Uint8Array(body), headers: { 'content-type': 'application/octet-stream' } }
    const signal = AbortSignal.timeout(answerMs)
    const answer = await fetch(`${this.#at}/v1/ledger${path}`, { method, signal, ...sent }).catch(
      (error: unknown) => {
        throw this.#refused(error instanceof Error ? error.name : 'nothing')
      },
    )
    const bytes = await boundedBytes(answer)
    if (answer.status === 200) return bytes
    throw this.#refused(codeIn(bytes) ?? `${answer.status}`)
  }

  #refused(code: string): Error {
    return ledgerCommandError('ledger-command/answer', { at: this.#at, code })
  }
}

function codeIn(bytes: Uint8Array): string | null {
  try {
    return JsonObject.parse(decodeUtf8(bytes)).text('code')
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}
